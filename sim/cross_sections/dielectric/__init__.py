"""What a charge meets in matter: the dielectric function of a target and energy losses in it."""
