"""Experiments of the chapter data."""
