"""SQLite's parser has a stack of fixed size, which a deeply nested statement exceeds."""

import pytest

from erikti.database.json_sql import PostgresJson, SqliteJson


def nested(levels: int) -> str:
    """A statement with so many queries within each other."""
    return f"SELECT {'coalesce((SELECT (1||' * levels}1{') FROM nothing), 0)' * levels}"


@pytest.mark.parametrize(("levels", "parsed"), [(0, True), (2, True), (50, False)])
def test_what_the_parser_cannot_follow_is_told(levels: int, parsed: bool) -> None:
    assert SqliteJson().is_parsed(nested(levels)) is parsed
    assert PostgresJson().is_parsed(nested(levels))
