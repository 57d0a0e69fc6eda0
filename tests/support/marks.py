"""Marks of tests that take more than this process, so that ``make quick`` can leave them out.

They are set by fixtures: a test that starts a process without one of them fails.
"""

import sys

import pytest

# Fixtures that start processes, other than of PostgreSQL.
STARTERS = {"processes", "valkey_server", "valkey_client", "valkey_url", "own_valkey"}
# Files that take more than two seconds on one database, of processor time or of waiting.
SLOW = {
    "access/test_bounds.py",
    "access/test_permissions.py",
    "access/test_requests.py",
    "access/test_visibility.py",
    "audit/test_belonging.py",
    "audit/test_clock.py",
    "audit/test_killed.py",
    "audit/test_siblings.py",
    "audit/test_tampering.py",
    "audit/test_unsigned.py",
    "audit/test_ways.py",
    "auth/test_edges.py",
    "auth/test_forged.py",
    "auth/test_provider.py",
    "auth/test_requests.py",
    "demo/test_build.py",
    "demo/test_command.py",
    "demo/test_figures.py",
    "demo/test_people.py",
    "endpoint/test_omissions.py",
    "executor/test_generated.py",
    "executor/test_schema_oracle.py",
    "guard/test_costs.py",
    "guard/test_hostile.py",
    "importers/test_files.py",
    "importers/test_kinds.py",
    "importers/test_volunteers.py",
    "models/test_key_rotation.py",
    "models/test_migrations.py",
    "models/test_rollups.py",
    "resolvers/dataloaders/test_grouping.py",
    "resolvers/dataloaders/test_lists.py",
    "resolvers/dataloaders/test_rollups.py",
    "schema/test_both_databases.py",
    "schema/test_cancellation.py",
    "schema/test_connections.py",
    "schema/test_omissions.py",
    "schema/test_plans.py",
    "schema/test_statements.py",
    "schema/test_stopped_streams.py",
    "test_architecture.py",
}
# What graphql-core's executor gives up it does not await: see the fixture ``no_garbage_left``.
GIVEN_UP = (
    "ignore:coroutine .* was never awaited:RuntimeWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
STARTING = {"subprocess.Popen", "os.posix_spawn", "os.fork", "os.exec", "os.system"}


def mark(item: pytest.Item) -> None:
    """Set the marks of a test by what it asks for."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if STARTERS & fixtures:
        item.add_marker(pytest.mark.process)
    if "no_garbage_left" in fixtures:
        for ignored in GIVEN_UP:
            item.add_marker(pytest.mark.filterwarnings(ignored))
    if item.nodeid.partition("::")[0].removeprefix("tests/") in SLOW:
        item.add_marker(pytest.mark.slow)
    call = getattr(item, "callspec", None)
    on_postgres = call is not None and call.params.get("server") == "postgres"
    if on_postgres or "sparse" in fixtures:
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
