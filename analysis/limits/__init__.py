"""Limits and intervals: constructions, expectations, contours, significance."""
