"""Time zones by their names in the IANA database."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DEFAULT_ZONE = "Asia/Almaty"  # of all Kazakhstan since 2024-03-01


def time_zone(name: str) -> str:
    """Return the name of a time zone; raises ValueError if there is none."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone such as {DEFAULT_ZONE}") from error
    return name
