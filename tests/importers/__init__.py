"""Tests of the importers, on files and databases that are real."""
