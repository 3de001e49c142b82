"""Experiments of the chapter minimum_variance."""
