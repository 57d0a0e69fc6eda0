"""Values that SQLite holds although their column does not declare them are left to the executor."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from erikti.database.connection import Database, connection, fetch_alone
from tests.schema.written.storing import unchecked
from tests.support.both_ways import executed
from tests.support.databases import Server
from tests.support.queries import REGISTRAR, execute, statements

pytestmark = pytest.mark.usefixtures("own_nation")
NOT_UTF8 = (
    *("x'eda080'", "x'edb080'", "x'eda0bdedb880'", "x'ff'", "x'c3'", "x'c080'", "x'f4908080'"),
    *("x'22eda080227d'", "x'61eda080'"),
)
BYTES = ("x'00'", "x'6162'", "x'227d'", "x'd3'")
NUMBERS = ("'\"},{\"'", "'abc'", "'1x'", "2.5", "x'31'", "4294967296", "-2147483649", "''")
FLAGS = ("2", "'x'", "'\"},{\"'", "1.5", "x'01'")
DATES = (
    *("'\"},{\"'", "''", "'2025-02-31'", "'2025-1-1'", "20250101", "'2025-W01-1'", "2.5"),
    *("'0000-01-01'", "'2025-01-01 00:00:00'", "x'323032352d30312d3031'", "char(1)", "'now'"),
)
INSTANTS = (
    *("'\"},{\"'", "''", "'2025-02-31 00:00:00+00:00'", "'2025-01-01 24:00:00+00:00'", "1.5"),
    *("'2025-01-01 00:00:00'", "'2025-01-01T00:00:00+00:00'", "'2025-01-01 00:00:00+05:00'"),
    *("'2025-01-01 00:00:00.5+00:00'", "'2025-01-01 00:00:00.123456'", "'2025-01-01'"),
    *("'0000-01-01 00:00:00+00:00'", "'2025-01-01 00:00:00.1234567+00:00'"),
    *("'2025-01-01 00:00:00.x23456+00:00'", "'2025-01-01 00:00:61+00:00'"),
    *("'2025-01-01 00:00:00+00:00' || char(4)", "'now'"),
)
# A column, a query for it, and values that it does not declare.
UNDECLARED: dict[str, tuple[str, tuple[str, ...]]] = {
    "organisations.name_kk": ("{ organisations { nodes { name } } }", BYTES),
    "regions.name_kk": ("{ organisations { nodes { region { name } } } }", BYTES),
    "organisations.name_kk_key": (
        "{ organisations(orderBy: { field: NAME }) { edges { cursor } } }",
        BYTES,
    ),
    "organisations.registered_on": ("{ organisations { nodes { registeredOn } } }", DATES),
    "committees.established_on": (
        "{ committees(orderBy: { field: ESTABLISHED_ON }) { pageInfo { endCursor } } }",
        DATES,
    ),
    "enquiries.resolved_at": ("{ enquiries { nodes { resolvedAt } } }", INSTANTS),
    "enquiries.opened_at": (
        "{ enquiries(orderBy: { field: OPENED_AT }) { edges { cursor } } }",
        INSTANTS,
    ),
    "good_deeds.participant_count": ("{ goodDeeds { nodes { participantCount } } }", NUMBERS),
    "grants.amount": ("{ grants { nodes { amount { amount } } } }", NUMBERS[:5]),
    "volunteers.silver": ("{ volunteers { nodes { silver } } }", FLAGS),
}
TEXTS = ("organisations.name_kk", "regions.name_kk", "organisations.name_kk_key")
ORDINARY = {
    "organisations.registered_on": ("'0001-01-01'", "'9999-12-31'", "'2024-02-29'"),
    "enquiries.resolved_at": (
        "'2025-01-01 00:00:00+00:00'", "'2025-01-01 23:59:59.999999+00:00'", "NULL",
        "'0001-01-01 00:00:00+00:00'", "'9999-12-31 23:59:59.000001+00:00'",
    ),
    "good_deeds.participant_count": ("2147483647", "-2147483648", "0"),
    "grants.amount": ("0", "-1", "1", "-100", "9007199254740993"),
    "volunteers.silver": ("0", "1"),
}  # fmt: skip


@pytest.fixture
def own_url(servers: dict[str, Server]) -> Iterator[str]:
    """The URL of a copy of the small country in SQLite."""
    server = servers["sqlite"]
    with server.copied(server.country()) as url:
        yield url


@pytest.fixture
async def own_nation(own_url: str) -> AsyncIterator[None]:
    """The copy, open, without constraints and triggers."""
    async with Database(own_url):
        await unchecked()
        for (name,) in await fetch_alone("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            await connection().execute_query(f'DROP TRIGGER "{name}"')
        yield


async def store(column: str, value: str) -> None:
    """Store a value, an SQL expression, in all records."""
    table, _, name = column.partition(".")
    await connection().execute_query(f"UPDATE {table} SET {name} = {value}")


async def both_ways(query: str) -> tuple[Any, Any, int]:
    """Return the results of both ways, and how many statements the first took."""
    with statements() as made:
        written = shown(await execute(query, caller=REGISTRAR))
    with executed():
        return written, shown(await execute(query, caller=REGISTRAR)), len(made)


def shown(result: Any) -> Any:
    """Return a result without what differs each time."""
    errors = [error.formatted for error in result.errors or ()]
    for error in errors:
        error["extensions"].pop("correlationId", None)
    return result.data, errors


@pytest.mark.parametrize("column", UNDECLARED)
async def test_undeclared_values_give_what_the_executor_gives(column: str) -> None:
    query, values = UNDECLARED[column]
    for value in values:
        await store(column, value)
        written, expected, made = await both_ways(query)
        assert written == expected, value
        assert made > 1, value


@pytest.mark.parametrize("column", TEXTS)
async def test_texts_that_are_no_utf8_are_errors(column: str) -> None:
    query, _ = UNDECLARED[column]
    for value in NOT_UTF8:
        await store(column, f"CAST({value} AS text)")
        written, expected, _ = await both_ways(query)
        assert written == expected, value
        assert {error["extensions"]["code"] for error in written[1]} == {"INTERNAL"}, value


@pytest.mark.parametrize("column", ORDINARY)
async def test_values_at_the_ends_of_their_range_are_written(column: str) -> None:
    for value in ORDINARY[column]:
        await store(column, value)
        written, expected, made = await both_ways(UNDECLARED[column][0])
        assert written == expected, value
        assert (written[1], made) == ([], 1), value


async def test_an_error_of_the_driver_leaves_no_stale_connection() -> None:
    query = "{ organisations(first: 1) { nodes { name } } }"
    kept = []  # errors, whose frames would keep the cursor
    for number in range(3):
        await store("organisations.name_kk", "CAST(x'ff' AS text)")
        kept.append(await execute(query, caller=REGISTRAR))
        await store("organisations.name_kk", f"'{number}'")
        result = await execute(query, caller=REGISTRAR)
        assert result.data == {"organisations": {"nodes": [{"name": str(number)}]}}
    assert all(result.errors for result in kept)
