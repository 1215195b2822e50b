"""The explorer: one page in which sliders move spectrum, limits and map of an experiment."""
