"""Marks of tests that take more than this process, so that ``make quick`` can leave them out.

They are set by fixtures: a test that starts a process without one of them fails.
"""

import sys

import pytest

# Fixtures that start processes, other than of PostgreSQL.
STARTERS = {"processes", "valkey_server", "valkey_client", "valkey_url", "own_valkey"}
STARTING = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"}


def mark(item: pytest.Item) -> None:
    """Set the marks of a test by what it asks for."""
    if STARTERS & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.process)
    call = getattr(item, "callspec", None)
    if call is not None and call.params.get("server") == "postgres":
        item.add_marker(pytest.mark.postgres)


class Watch:
    """Which test runs, and what it starts."""

    def __init__(self) -> None:
        self.item: pytest.Item | None = None
        sys.addaudithook(lambda event, _: self.require() if event in STARTING else None)

    def require(self) -> None:
        """Fail where a test runs that does not say that it starts processes."""
        if self.item is None:
            return
        if not any(map(self.item.get_closest_marker, ("process", "postgres"))):
            raise RuntimeError("this test starts a process: let it use the fixture `processes`")


watch = Watch()
