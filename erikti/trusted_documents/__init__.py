"""Documents by their hash: a manifest of published ones, and those that clients register."""
