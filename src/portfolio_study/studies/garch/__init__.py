"""Experiments of the chapter garch."""
