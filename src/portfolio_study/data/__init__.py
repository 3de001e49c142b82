"""Where prices come from, and what is derived from them without a model."""
