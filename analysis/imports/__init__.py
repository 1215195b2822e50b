"""Likelihoods of others, made into experiments of templates."""
