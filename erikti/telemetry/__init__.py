"""Tracebacks without values, and the trace that a request belongs to."""
