"""Tests of values, identifiers, matching of people and stored rows."""
