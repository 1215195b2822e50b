"""Several experiments as one: what is fitted together, and the model of it."""
