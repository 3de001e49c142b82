"""Experiments of the chapter lstm."""
