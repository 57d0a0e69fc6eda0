"""The comparison is fair: all contestants return the same data, and differences are detected."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from benchmarks import database, equality
from benchmarks.contestants import BEFORE, CONTESTANTS
from benchmarks.operations import Operation, operations
from benchmarks.servers import Server, started
from benchmarks.ways import SENT, filled

IN_PYTHON = [one for one in CONTESTANTS if not one.node and one is not BEFORE]
# The answers are compared, not their speed beside other tests.
PATIENT = {f"ERIKTI_LIMIT_{name}_SECONDS": "60" for name in ("QUERY", "STATEMENT", "CONNECTION")}
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
    with (
        patch.dict(os.environ, PATIENT),
        started(IN_PYTHON, database.plain(populated), folder, SENT) as found,
    ):
        equality.keep(found[0], wanted)
        yield found


def test_all_contestants_give_the_same_answers(
    servers: list[Server], wanted: list[Operation]
) -> None:
    equality.compare(servers[0], servers[1:], wanted)


def test_stored_bytes_are_those_that_erikti_sent(
    servers: list[Server], wanted: list[Operation]
) -> None:
    page = next(operation for operation in wanted if operation.name == "page20")
    ours, bare = servers[0], servers[-1]
    found = []
    for server in (ours, bare):
        body, headers = equality.requests(server, page)[0], filled(server.headers)
        with httpx.stream("POST", server.url(page), json=body, headers=headers) as answer:
            found.append((answer.headers["content-encoding"], b"".join(answer.iter_raw())))
    assert found[0][0] == found[1][0] == "zstd"
    assert found[1][1] == (bare.folder / "page20.json").read_bytes()
    assert abs(len(found[0][1]) - len(found[1][1])) < 10  # the budget in the extensions differs


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
