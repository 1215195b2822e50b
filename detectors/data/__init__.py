"""Cited atomic and nuclear tables; SOURCES.md says where each comes from."""
