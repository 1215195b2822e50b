"""The [[background]] sections: a shape a file."""
