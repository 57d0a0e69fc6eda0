"""The comparison is fair: all contestants return the same data, and differences are detected."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import database, equality
from benchmarks.contestants import CONTESTANTS
from benchmarks.operations import Operation, operations
from benchmarks.servers import Server, started

IN_PYTHON = [contestant for contestant in CONTESTANTS if not contestant.node]
pytestmark = pytest.mark.parametrize("server", ["postgres"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def wanted(populated: str) -> list[Operation]:
    """Return all operations on the small country."""
    return operations(database.record_ids(populated))


@pytest.fixture(scope="session")
def servers(
    processes: None,
    populated: str,
    wanted: list[Operation],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[list[Server]]:
    """Start all Python contestants, Erikti first."""
    folder = tmp_path_factory.mktemp("benchmarks")
    with started(IN_PYTHON, database.plain(populated), folder) as found:
        equality.keep(found[0], wanted)
        yield found


def test_all_contestants_give_the_same_answers(
    servers: list[Server], wanted: list[Operation]
) -> None:
    equality.compare(servers[0], servers[1:], wanted)


def shorten(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with one record less."""
    data["volunteers"]["nodes"].pop()
    return data


def swap(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with two records swapped."""
    nodes = data["volunteers"]["nodes"]
    nodes[3], nodes[4] = nodes[4], nodes[3]
    return data


def round_off(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with a number instead of a decimal text."""
    node = data["volunteers"]["nodes"][-1]
    node["hoursTotal"] = float(node["hoursTotal"])
    return data


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (shorten, r"data\.volunteers\.nodes is"),
        (swap, r"data\.volunteers\.nodes\[3\]\.id is"),
        (round_off, r"data\.volunteers\.nodes\[19\]\.hoursTotal is"),
    ],
)
def test_a_contestant_that_differs_is_refused_with_the_place(
    servers: list[Server],
    wanted: list[Operation],
    change: Callable[[dict[str, Any]], dict[str, Any]],
    place: str,
) -> None:
    pages = [operation for operation in wanted if operation.name == "page20"]
    other = replace(servers[-2], contestant=replace(servers[-2].contestant, renamed=change))
    with pytest.raises(equality.DifferentAnswerError, match=f"page20: {place}"):
        equality.compare(servers[0], [other], pages)


def test_a_contestant_that_answers_with_errors_is_refused(
    servers: list[Server], wanted: list[Operation]
) -> None:
    unknown = replace(wanted[0], variables=({"id": "missing"},))
    with pytest.raises(equality.DifferentAnswerError, match="record"):
        list(equality.answers(servers[0], unknown))
