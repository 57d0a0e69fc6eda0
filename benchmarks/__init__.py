"""Benchmarks: figures with their machine and date, never asserted in tests."""
