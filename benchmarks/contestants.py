"""The contestants: how each is started, and how its responses are normalised."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import postgraphile
from benchmarks.revisions import ROOT
from tests.support import node

PEERS = Path(__file__).with_name("peers")
Data = dict[str, Any]


@dataclass(frozen=True)
class Contestant:
    """A server; it reads DATABASE_URL, PORT and its ``environment``, and listens on loopback.

    ``dialect`` is the folder of its documents if they differ; ``variables`` and ``renamed``
    convert variables to its form and its data back. One with ``given`` responses returns stored
    bytes, at a path for each operation. ``role`` is the role of the token that it receives.
    ``root`` is the folder with its version of Erikti.
    """

    name: str
    what: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    dialect: str = ""
    node: bool = False
    given: bool = False
    role: str = ""
    variables: Callable[[Data], Data] = dict
    renamed: Callable[[Data], Data] = dict
    root: Path = ROOT

    def arguments(self, port: int, python: str) -> list[str]:
        """Return the command line of the process."""
        words = [word.replace("PORT", str(port)) for word in self.command]
        return [str(node.binary()) if self.node else python, *words]


def uvicorn(module: str) -> tuple[str, ...]:
    """Return the command of an application in ``benchmarks.peers``."""
    options = "--loop uvloop --http httptools --no-access-log --log-level warning --port PORT"
    return ("-m", "uvicorn", f"benchmarks.peers.{module}:app", *options.split())


def _node(script: str) -> tuple[str, ...]:
    return (str(PEERS / script),)


# Plans that PostgreSQL keeps, which it does not do by itself for lists of keys.
KEPT_PLANS = {"PGOPTIONS": "-c jit=off -c plan_cache_mode=force_generic_plan"}
ROLE = "ministry"  # has all scopes that the operations require
SERVE = ("-m", "erikti", "serve")
UNCACHED = {"ERIKTI_RESPONSE_CACHE": "off"}
OURS = Contestant("erikti", "Erikti", SERVE, UNCACHED, role=ROLE)
BEFORE = Contestant("erikti-before", "an earlier version of Erikti", SERVE, UNCACHED, role=ROLE)
CACHED = Contestant("erikti-cached", "Erikti with its response cache", SERVE, role=ROLE)
STOCK = Contestant("stock", "the same schema on graphql-core's executor", uvicorn("stock"))
CONTESTANTS = (
    OURS,
    BEFORE,
    CACHED,
    STOCK,
    Contestant(
        "mercurius", "Mercurius, JIT and loaders", _node("mercurius.js"), KEPT_PLANS, node=True
    ),
    Contestant("yoga", "GraphQL Yoga, JIT and DataLoader", _node("yoga.js"), KEPT_PLANS, node=True),
    Contestant(
        "postgraphile",
        "PostGraphile 5, pg-aggregates",
        _node("postgraphile.js"),
        KEPT_PLANS | {"GRAPHILE_ENV": "production"},
        dialect="postgraphile",
        node=True,
        variables=postgraphile.variables,
        renamed=postgraphile.renamed,
    ),
    Contestant("ariadne", "Ariadne, aiodataloader, asyncpg", uvicorn("ariadne_app")),
    Contestant("limit", "hand-written SQL, no GraphQL", uvicorn("limit")),
    Contestant("bare", "uvicorn with given bytes", uvicorn("bare"), given=True),
)
RIVALS = ("mercurius", "yoga", "postgraphile")  # with which the figures are compared
