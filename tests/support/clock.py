"""A clock that stands still unless a test moves it."""


class Clock:
    """What stands in a module in the place of ``time``: ``day`` and ``running`` may be moved."""

    def __init__(self) -> None:
        self.day = 1_800_000_000.0
        self.running = 0.0

    def time(self) -> float:
        """Seconds since 1970."""
        return self.day

    def monotonic(self) -> float:
        """Seconds of a clock that is never set."""
        return self.running
