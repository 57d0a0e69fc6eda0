"""Representations, as a gateway sends them and through a gateway, before and after."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import database, equality
from benchmarks.contestants import OURS, PEERS, Contestant, uvicorn
from benchmarks.operations import entities, picked
from benchmarks.revisions import ROOT
from benchmarks.servers import DATA, Server
from benchmarks.tables.run import Loads, Run, by_name
from erikti.auth.demo import ISSUER, DemoKeys
from schema import SDL
from tests.support import node

SIZES = (1, 10, 50, 1_000)
IDS = 2_000
HIVE = ROOT / "deploy/gateway"
PICKED = Contestant("picked", "a subgraph of references", uvicorn("picked"))


def by_representations(run: Run) -> dict[str, Any]:
    """Return the loads of both versions, directly and through a gateway."""
    ids = database.record_ids(run.url, IDS)
    (run.folder / "ids.json").write_text(json.dumps(ids))
    with run.started([OURS, run.earlier(OURS)]) as servers:
        found = _loads(run, servers, "direct", [entities(ids, size) for size in SIZES])
        with _through_gateways(run, servers) as behind:
            operations = [picked(ids, size) for size in SIZES]
            found |= _loads(run, behind, "gateway", operations)
    return {"loads": found}


def _loads(run: Run, servers: list[Server], how: str, operations: list[Any]) -> Loads:
    named = [
        replace(operation, name=f"{how}, {size}")
        for operation, size in zip(operations, SIZES, strict=True)
    ]
    equality.compare(servers[0], servers[1:], named)
    return run.timed(by_name(servers), lambda _: named)


@contextmanager
def _through_gateways(run: Run, servers: list[Server]) -> Iterator[list[Server]]:
    """Yield the servers, each loaded through a Hive Gateway of its own."""
    node.install(HIVE)
    with ExitStack() as stack:
        (subgraph,) = stack.enter_context(run.started([PICKED]))
        contestants = [_gateway(run.folder, server, subgraph) for server in servers]
        gateways = stack.enter_context(run.started(contestants))
        yield [
            replace(server, port=gateway.port)
            for server, gateway in zip(servers, gateways, strict=True)
        ]


def _gateway(folder: Path, behind: Server, subgraph: Server) -> Contestant:
    """Return the gateway of ``deploy/gateway`` for Erikti and the subgraph of references."""
    name = f"gateway-{behind.contestant.name}"
    supergraph = folder / f"{name}.graphql"
    supergraph.write_text(_composed(behind, subgraph), encoding="utf-8")
    keys = folder / "keys.json"
    key = DemoKeys(folder / DATA).key
    found = key.as_dict(private=False) | {"alg": "Ed25519", "use": "sig"}
    keys.write_text(json.dumps({"keys": [found]}))
    program = node.package(HIVE, "@graphql-hive/gateway") / "dist/bin.js"
    options = f"--config-path {HIVE}/gateway.js --host 127.0.0.1 --port PORT --fork 1"
    return Contestant(
        name,
        "Hive Gateway",
        (str(program), "supergraph", *options.split()),
        {"SUPERGRAPH": str(supergraph), "ISSUER": ISSUER, "KEYS": str(keys)},
        node=True,
    )


def _composed(behind: Server, subgraph: Server) -> str:
    schemas = {"erikti": (behind, SDL), "picked": (subgraph, PEERS / "picked.graphql")}
    given = [
        f"{name}=http://127.0.0.1:{server.port}/graphql={schema}"
        for name, (server, schema) in schemas.items()
    ]
    command = [str(node.binary()), str(HIVE / "compose.js"), *given]
    return subprocess.check_output(command, cwd=HIVE, text=True)
