"""Mutation testing: single changes to the product, each of which a test must detect."""
