"""Tests of the importers, with real files and databases."""
