"""Documents by their hash."""
