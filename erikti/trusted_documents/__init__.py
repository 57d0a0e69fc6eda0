"""Documents by hash: a manifest of published ones, and those registered by clients."""
