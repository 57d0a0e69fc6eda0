"""A server that the tests of sockets and streams share, on a small invented country."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from erikti.demo.nation import PUBLISHED_ON
from tests.support.processes import erikti
from tests.support.talking import Talking, talking


@pytest.fixture(scope="session")
def country(processes: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small invented country, to be copied or read."""
    folder = tmp_path_factory.mktemp("country")
    made = erikti("demo", "--scale", "0.01", "--today", str(PUBLISHED_ON), ERIKTI_DATA=str(folder))
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def server_alone(processes: None, country: Path) -> Iterator[Talking]:
    """A server with small limits, on data that does not change.

    A busy machine may take seconds to answer a ping or to send the init of a socket.
    """
    limits = {
        "SOCKET_INIT_SECONDS": "5",
        "WATCH_SECONDS": "0.2",
        "RECOUNT_SECONDS": "0.2",
        "PUBLIC_BUDGET": "100000000",
    }
    with talking(
        country, **{f"ERIKTI_LIMIT_{name}": value for name, value in limits.items()}
    ) as one:
        yield one


@pytest.fixture
def own_country(country: Path, tmp_path: Path) -> Path:
    """A copy of the country that belongs to the test alone."""
    return shutil.copytree(country, tmp_path / "data")
