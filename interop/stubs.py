"""A partner's subgraph that knows of Erikti's entities only their ids."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from graphql import build_schema, graphql_sync

LINK = """extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
"""


def sdl(names: Sequence[str], key: str = "") -> str:
    """Return the schema: for each type its key, and a list of its records.

    ``key`` is the directive of each type; without it graphql-core reads the schema.
    """
    lists = "\n".join(f"  many{name}: [{name}]" for name in names)
    types = "\n".join(f"type {name} {key} {{ id: ID! }}" for name in names)
    return f"type Query {{\n{lists}\n}}\n{types}\n"


def federated(names: Sequence[str], folder: Path) -> Path:
    """Return a file with the schema for composition."""
    file = folder / "stubs.graphql"
    file.write_text(LINK + sdl(names, '@key(fields: "id", resolvable: false)'), encoding="utf-8")
    return file


@contextmanager
def stubs(ids: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the address of a subgraph with lists of these ids, by type."""
    schema = build_schema(sdl(list(ids)))
    root = {f"many{name}": [{"id": id_} for id_ in known] for name, known in ids.items()}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found = graphql_sync(schema, body["query"], root, variable_values=body.get("variables"))
            answer = json.dumps(found.formatted).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Write no log."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/graphql"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
