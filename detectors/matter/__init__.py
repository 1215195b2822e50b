"""What a target is made of: atoms, nuclei, materials."""
