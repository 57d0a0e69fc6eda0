"""Resolvers: from the arguments of a field to the loaders that read its data."""
