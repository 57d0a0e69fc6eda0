"""The composed graph: a provider, Erikti, the partner's registry, and a gateway for both."""

import os
import socket
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from erikti.settings import AUDIENCE
from interop.packages import Packages
from interop.recorder import Recorder
from schema import SDL
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[1]
PROVIDER = ROOT / "tests/auth/provider"
PARTNER = ROOT / "examples/partner-subgraph"
HIVE = ROOT / "deploy/gateway"
GRAFBASE = HIVE / "grafbase"
CLIENT = httpx.BasicAuth("partner-ES256", "secret-of-partner-ES256")
EVERYTHING = "cis_forum:read people:read cards:read cards:issue"
# Addresses in the committed configuration of Grafbase's gateway.
NAMED = {
    "http://127.0.0.1:8000/graphql": "erikti",
    "http://127.0.0.1:4100/graphql": "registry",
    "http://127.0.0.1:9000": "issuer",
}
SOCKETS = '# websocket_url = "ws://127.0.0.1:8000/graphql"'


@dataclass(frozen=True)
class Graph:
    """Both subgraphs, each behind a recorder, and the provider whose tokens they accept."""

    erikti: Recorder
    registry: Recorder
    issuer: str

    def token(self, scopes: str = EVERYTHING) -> str:
        """Return an access token of the partner in Kyrgyzstan with these scopes."""
        return token(self.issuer, scopes)

    def clear(self) -> None:
        """Discard the recorded requests."""
        self.erikti.clear()
        self.registry.clear()


@dataclass(frozen=True)
class Gateway:
    """A running gateway: its program and address."""

    tool: str
    version: str
    url: str

    def post(
        self, query: str, headers: Mapping[str, str], variables: Mapping[str, Any]
    ) -> httpx.Response:
        """Return the response to an operation."""
        body = {"query": query, "variables": dict(variables)}
        return httpx.post(self.url, json=body, headers=dict(headers), timeout=30)


def token(issuer: str, scopes: str) -> str:
    """Return an access token of a provider's client, the partner in Kyrgyzstan."""
    form = {"grant_type": "client_credentials", "resource": AUDIENCE, "scope": scopes}
    answer = httpx.post(f"{issuer}/token", data=form, auth=CLIENT)
    assert answer.status_code == 200, answer.text
    found: str = answer.json()["access_token"]
    return found


def copied(data: Path, folder: Path) -> Path:
    """Copy a server's data, which may be in use."""
    with sqlite3.connect(data / "erikti.db") as source, sqlite3.connect(folder / "erikti.db") as to:
        source.backup(to)
    for key in data.glob("*.key*"):
        (folder / key.name).write_bytes(key.read_bytes())
    return folder


@contextmanager
def provider() -> Iterator[str]:
    """Yield the issuer of a running provider."""
    process = Packages(PROVIDER).start("provider.js")
    with _ended(process):
        yield _printed(process)


@contextmanager
def partner(issuer: str, database: Path, **more: str) -> Iterator[str]:
    """Yield the address of the partner's subgraph."""
    settings = {"ISSUER": issuer, "DATABASE": str(database), "PORT": "0", **more}
    process = Packages(PARTNER).start("server.js", **settings)
    with _ended(process):
        yield _printed(process)


@contextmanager
def hive(graph: Graph, folder: Path, sockets: str = "") -> Iterator[Gateway]:
    """Start Hive Gateway as in ``deploy/gateway``; ``sockets`` is Erikti's WebSocket address."""
    subgraphs = {
        "erikti": (graph.erikti.url, SDL),
        "registry": (graph.registry.url, PARTNER / "schema.graphql"),
    }
    config = HIVE / "gateway.js"
    port = free_port()
    settings = {"ISSUER": graph.issuer, "SUBSCRIPTIONS": sockets}
    with hive_gateway(subgraphs, folder, config, port, "/graphql", **settings) as gateway:
        yield gateway


@contextmanager
def hive_gateway(
    subgraphs: Mapping[str, tuple[str, Path]],
    folder: Path,
    config: Path,
    port: int,
    path: str,
    **settings: str,
) -> Iterator[Gateway]:
    """Start Hive Gateway for subgraphs, each with its address and its schema."""
    packages = Packages(HIVE)
    supergraph = folder / "supergraph.graphql"
    given = [f"{name}={url}={schema}" for name, (url, schema) in subgraphs.items()]
    supergraph.write_text(packages.run("compose.js", *given), encoding="utf-8")
    program = packages.program("@graphql-hive/gateway", "dist/bin.js")
    options = ("--config-path", config, "--host", "127.0.0.1", "--port", str(port))
    command = packages.command(program, "supergraph", *options)
    environment = packages.environment(SUPERGRAPH=str(supergraph), **settings)
    url = f"http://127.0.0.1:{port}{path}"
    with serving_at(url, command, HIVE, environment, folder / "hive.log"):
        yield Gateway("Hive Gateway", packages.version("@graphql-hive/gateway"), url)


@contextmanager
def grafbase(graph: Graph, folder: Path, sockets: str = "") -> Iterator[Gateway]:
    """Start Grafbase's gateway as in ``deploy/gateway/grafbase``; ``sockets`` as above."""
    packages = Packages(GRAFBASE)
    for name, file in (("erikti", SDL), ("registry", PARTNER / "schema.graphql")):
        (folder / f"{name}.graphql").write_text(packages.run("plain.js", file), encoding="utf-8")
    text = (GRAFBASE / "grafbase.toml").read_text(encoding="utf-8")
    real = {"erikti": graph.erikti.url, "registry": graph.registry.url, "issuer": graph.issuer}
    for named, name in NAMED.items():
        assert named in text
        text = text.replace(named, real[name])
    if sockets:
        assert SOCKETS in text
        text = text.replace(SOCKETS, f'websocket_url = "{sockets}"')
    (folder / "grafbase.toml").write_text(text, encoding="utf-8")
    package = "@grafbase/cli-x86_64-unknown-linux-musl"
    program = packages.program(package, "grafbase")
    port = free_port()
    options = ("dev", "--config", "grafbase.toml", "--port", str(port))
    command = [str(program), "--home", str(folder), *options]
    url = f"http://127.0.0.1:{port}/graphql"
    with serving_at(url, command, folder, dict(os.environ), folder / "grafbase.log"):
        yield Gateway("Grafbase", packages.version(package), url)


@contextmanager
def serving_at(
    url: str, command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[None]:
    """Start a server of operations at an address, with its own log, and wait for it."""

    def answers() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        return httpx.post(url, json={"query": "{ __typename }"}, timeout=30).status_code == 200

    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True
        )
    with _ended(process):
        eventually(answers)
        yield


@contextmanager
def _ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Terminate a process at the end of the context."""
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def _printed(process: subprocess.Popen[str]) -> str:
    """Return the address that a program prints when it is ready."""
    assert process.stdout is not None
    return next(line.strip() for line in process.stdout if line.startswith("http"))


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
