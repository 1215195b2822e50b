"""Cited flux tables; SOURCES.md says where each comes from."""
