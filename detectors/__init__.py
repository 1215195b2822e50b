"""What a detector is made of and does to a recoil: material, response, backgrounds."""
