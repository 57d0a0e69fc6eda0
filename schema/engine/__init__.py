"""Runs operations: the schema object, documents, execution, errors, cache policy."""
