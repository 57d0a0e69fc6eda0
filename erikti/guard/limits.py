"""The limits on what a caller can cost; each is a setting."""

from dataclasses import dataclass, field
from typing import Any


def limit(default: float, unit: str, description: str) -> Any:
    """Return a field with its unit and description, for settings and documentation."""
    return field(default=default, metadata={"unit": unit, "description": description})


@dataclass(frozen=True)
class Limits:
    """All limits; the environment sets each as ``ERIKTI_LIMIT_`` and its name."""

    header_seconds: float = limit(5, "s", "for a client to send the headers of a request")
    body_seconds: float = limit(5, "s", "for a client to send a request body")
    idle_seconds: float = limit(5, "s", "that a connection stays open between two requests")
    write_seconds: float = limit(20, "s", "for a client to read a response")
    header_bytes: int = limit(16_384, "bytes", "in all headers together")
    headers: int = limit(64, "headers", "in a request")
    url_bytes: int = limit(8_192, "bytes", "in a URL")
    connections_per_address: int = limit(200, "connections", "open from one address")
    body_bytes: int = limit(65_536, "bytes", "in a body")
    bulk_body_bytes: int = limit(262_144, "bytes", "in a body, with an access token")

    token_bytes: int = limit(8_192, "bytes", "in an access token")
    token_seconds: float = limit(3_600, "s", "maximum lifetime of an access token")

    tokens: int = limit(1_000, "tokens", "in a document")
    depth: int = limit(10, "levels", "of fields (introspection: its standard query)")
    introspection_depth: int = limit(16, "levels", "of fields below __schema and __type")
    nesting: int = limit(50, "levels", "of braces, including those of fragments")
    aliases: int = limit(30, "aliases", "in an operation")
    root_fields: int = limit(20, "fields", "at the root")
    directives: int = limit(50, "directives", "in an operation")
    fields: int = limit(500, "fields", "in an operation")
    cost: int = limit(5_000, "points", "per operation, by @cost and @listSize")
    nodes: int = limit(10_000, "objects", "in a response")
    written_cost: int = limit(5_000, "points", "up to which the database writes the response")
    expensive: int = limit(100, "points", "above which operations run one at a time")
    expensive_seconds: float = limit(3, "s", "for such an operation to wait for the others")
    input_items: int = limit(250, "items", "in an array of an argument or variable")
    input_objects: int = limit(500, "objects and arrays", "in the variables of an operation")
    entities: int = limit(100, "representations", "of _entities, without an access token")
    gateway_entities: int = limit(1_000, "representations", "of _entities, with an access token")
    merged_fields: int = limit(5_000, "comparisons", "of fields with the same response name")
    validation_errors: int = limit(20, "errors", "reported for one document")

    page: int = limit(100, "records", "on a page")
    bulk_page: int = limit(1_000, "records", "on a page, with the scope bulk:read")

    query_seconds: float = limit(5, "s", "for a query")
    mutation_seconds: float = limit(30, "s", "for a mutation")
    statement_seconds: float = limit(2, "s", "for a statement of a query")
    connection_seconds: float = limit(2, "s", "to wait for a connection to the database")
    connections: int = limit(10, "connections", "to a database server, per process")
    response_bytes: int = limit(5_000_000, "bytes", "in a response")

    sockets: int = limit(5, "sockets", "open for one user or client, or address without a token")
    client_sockets: int = limit(1_000, "sockets", "open for all users of a client")
    socket_operations: int = limit(10, "operations", "running at once on a socket")
    socket_init_seconds: float = limit(5, "s", "to send connection_init on a socket")
    streams: int = limit(10, "responses", "in parts (multipart, events), open for the same callers")
    client_streams: int = limit(1_000, "responses", "in parts, open for all users of a client")
    ping_seconds: float = limit(12, "s", "between two pings, and to respond to one")
    watch_seconds: float = limit(1, "s", "between two checks for changes")
    recount_seconds: float = limit(2, "s", "between two recounts for subscribers, at least")

    budget: int = limit(500_000, "points", "that a user or client may spend in a window")
    client_budget: int = limit(5_000_000, "points", "that all users of a client may spend")
    public_budget: int = limit(100_000, "points", "that an address without a token may spend")
    budget_seconds: int = limit(60, "s", "length of a window")
    iin_misses: int = limit(300, "numbers", "without a match, looked up in a window")

    json_depth: int = limit(50, "levels", "of arrays and objects in a body")

    stall_seconds: float = limit(3, "s", "that the event loop may be blocked")
    grace_seconds: float = limit(20, "s", "to shut down after SIGTERM")
    drain_seconds: float = limit(1, "s", "of that to accept requests while readiness fails")
