"""The contestants: how each is started, and how its responses are normalised."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import postgraphile
from tests.support import node

PEERS = Path(__file__).with_name("peers")
Data = dict[str, Any]


@dataclass(frozen=True)
class Contestant:
    """A server; it reads DATABASE_URL, PORT and its ``environment``, and listens on loopback.

    ``dialect`` is the folder of its documents if they differ; ``variables`` and ``renamed``
    convert variables to its form and its data back. One with ``given`` responses returns stored
    bytes, at a path for each operation. ``role`` is the role of the token that it receives.
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

    def arguments(self, port: int) -> list[str]:
        """Return the command line of the process."""
        words = [word.replace("PORT", str(port)) for word in self.command]
        return [str(node.binary()), *words] if self.node else [sys.executable, *words]


def _uvicorn(module: str) -> tuple[str, ...]:
    options = "--loop uvloop --http httptools --no-access-log --log-level warning --port PORT"
    return ("-m", "uvicorn", f"benchmarks.peers.{module}:app", *options.split())


def _node(script: str) -> tuple[str, ...]:
    return (str(PEERS / script),)


ROLE = "ministry"  # has all scopes that the operations require
SERVE = ("-m", "erikti", "serve")
OURS = Contestant("erikti", "Erikti", SERVE, {"ERIKTI_RESPONSE_CACHE": "off"}, role=ROLE)
CACHED = Contestant("erikti-cached", "Erikti with its response cache", SERVE, role=ROLE)
STOCK = Contestant("stock", "the same schema on graphql-core's executor", _uvicorn("stock"))
CONTESTANTS = (
    OURS,
    CACHED,
    STOCK,
    Contestant("mercurius", "Mercurius, JIT and loaders", _node("mercurius.js"), node=True),
    Contestant("yoga", "GraphQL Yoga, DataLoader", _node("yoga.js"), node=True),
    Contestant(
        "postgraphile",
        "PostGraphile 5, pg-aggregates",
        _node("postgraphile.js"),
        {"GRAPHILE_ENV": "production"},
        dialect="postgraphile",
        node=True,
        variables=postgraphile.variables,
        renamed=postgraphile.renamed,
    ),
    Contestant("ariadne", "Ariadne, aiodataloader, asyncpg", _uvicorn("ariadne_app")),
    Contestant("limit", "hand-written SQL, no GraphQL", _uvicorn("limit")),
    Contestant("bare", "uvicorn with given bytes", _uvicorn("bare"), given=True),
)
