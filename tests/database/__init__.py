"""Connections, snapshots and dialects."""
