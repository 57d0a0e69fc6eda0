"""Instants, in the one form that data, extensions and errors have."""

from datetime import UTC, datetime


def written(moment: datetime) -> str:
    """Return an instant in UTC with microseconds (RFC 3339): ``2026-01-31T09:00:00.000000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
