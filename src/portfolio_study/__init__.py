"""Do published portfolio papers hold up? A thin library for a reproducible study."""

__version__ = "0.1.0"
