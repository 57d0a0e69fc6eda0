"""Field logic: from the arguments of a field to the loaders that answer it."""
