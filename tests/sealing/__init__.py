"""Tests of sealing, keys and keyed hashes."""
