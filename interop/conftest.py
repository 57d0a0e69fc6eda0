"""Fixtures with a server on the generated country, and the list of claims."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from erikti.demo.nation import PUBLISHED_ON
from interop.claims import Claims
from interop.packages import Packages
from interop.service import Service
from schema import schema
from schema.engine.api_schema import api_sdl
from tests.support.processes import erikti, serving

SCALE = "0.01"
REPORT = Path(__file__).parents[1] / "docs/interop.md"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a small generated country, which must not be changed."""
    folder = tmp_path_factory.mktemp("data")
    made = erikti("demo", "--scale", SCALE, "--today", str(PUBLISHED_ON), ERIKTI_DATA=str(folder))
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="session")
def service(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Yield a server on a copy of that country, in demo mode, with high quotas for tools.

    Pages of https://dashboard.example may call it.
    """
    own = shutil.copytree(data, tmp_path_factory.mktemp("service") / "data")
    more = {"ERIKTI_CORS_ORIGINS": "https://dashboard.example"}
    with serving(ERIKTI_DATA=str(own), ERIKTI_LIMIT_PUBLIC_BUDGET="100000000", **more) as (
        client,
        _,
    ):
        yield Service(client, own)


@pytest.fixture(scope="session")
def clients() -> Packages:
    """Return the client tools and libraries; their generated files are in ``made/``."""
    packages = Packages("clients")
    made = packages.folder / "made"
    shutil.rmtree(made, ignore_errors=True)
    (made / "relay").mkdir(parents=True)
    (made / "operations.json").write_text("{}")  # relay-compiler adds to it
    (made / "schema.graphql").write_text(api_sdl(schema._schema), encoding="utf-8")
    return packages


@pytest.fixture(scope="session")
def typed(clients: Packages) -> Packages:
    """Return the clients with generated types of the schema and of their operations."""
    codegen = clients.program("@graphql-codegen/cli", "cjs/bin.js")
    clients.run(codegen, "--config", "codegen.config.js")
    return clients


@pytest.fixture(scope="session", autouse=True)
def programs(processes: None) -> None:
    """Mark all tests as using other programs."""


TOGETHER = {"schema_tools": "clients", "partner": "gateway", "compatibility": "gateway"}
TOGETHER |= {"representations": "gateway", "gateway_demo": "gateway"}
WRITE = "write the page: make interop OPTIONS='--report --numprocesses 0'"
CLAIMS = pytest.StashKey[Claims]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--report", action="store_true", help="Write docs/interop.md, the parts that run."
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--report") and hasattr(config, "workerinput"):
        raise pytest.UsageError("one process writes the page: --report --numprocesses 0")
    config.addinivalue_line("markers", "claim(text): what the test proves, for docs/interop.md")
    config.stash[CLAIMS] = Claims()


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]
    """A scheduler that keeps tests together if they share packages, gateways or ports."""

    def _split_scope(self, nodeid: str) -> str:
        part = Path(nodeid.partition("::")[0]).stem.removeprefix("test_")
        return TOGETHER.get(part, part)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    return ByFolder(config, log)


@pytest.fixture
def proven(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that records the tool and version that proved this test's claim.

    Call ``proven(tool, version, result)``; the claim is the text of the test's mark.
    """
    mark = request.node.get_closest_marker("claim")
    assert mark is not None, "say what the test proves: @pytest.mark.claim(text)"
    part = request.path.stem.removeprefix("test_")
    listed = mark.args[0] in REPORT.read_text(encoding="utf-8")
    assert listed or request.config.getoption("--report"), WRITE

    def note(tool: str, version: str, result: str) -> None:
        request.config.stash[CLAIMS].add(part, mark.args[0], tool, version, result)

    return note


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if session.config.getoption("--report") and exitstatus == 0:
        session.config.stash[CLAIMS].write(REPORT)
