"""A computation for tests of the cache."""

from collections.abc import Callable

from erikti.cache import Answer, ResponseCache

# Seconds that a cache waits for a Valkey that the test freezes: enough for one that works on a busy
# machine, where the default would sometimes take it to be away.
SOON = 1.0
Make = Callable[..., ResponseCache]


class Computation:
    """A computation that counts its starts; each response has the number."""

    def __init__(self, max_age: int = 60) -> None:
        self.max_age = max_age
        self.begun = 0

    async def __call__(self) -> Answer:
        """Return a different response for each call."""
        self.begun += 1
        return Answer(b"answer %d" % self.begun, '"etag"', self.max_age)
