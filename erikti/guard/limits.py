"""The numbers that bound what a caller can cost; each is a setting."""

from dataclasses import dataclass, field
from typing import Any


def limit(default: float, unit: str, description: str) -> Any:
    """A number with what it bounds, for settings and documentation."""
    return field(default=default, metadata={"unit": unit, "description": description})


@dataclass(frozen=True)
class Limits:
    """All bounds; the environment sets each as ``ERIKTI_LIMIT_`` and its name."""

    header_seconds: float = limit(5, "s", "to send the headers of a request")
    body_seconds: float = limit(5, "s", "to send its body")
    idle_seconds: float = limit(5, "s", "a connection is kept open between two requests")
    write_seconds: float = limit(20, "s", "to take an answer")
    header_bytes: int = limit(16_384, "bytes", "of all headers together")
    headers: int = limit(64, "headers", "in a request")
    url_bytes: int = limit(8_192, "bytes", "in a URL")
    connections_per_address: int = limit(200, "connections", "open from one address")
    body_bytes: int = limit(65_536, "bytes", "in a body")
    bulk_body_bytes: int = limit(262_144, "bytes", "in a body, with the scope bulk:read")

    token_bytes: int = limit(8_192, "bytes", "in an access token")
    token_seconds: float = limit(3_600, "s", "an access token may live")

    tokens: int = limit(1_000, "tokens", "in a document")
    depth: int = limit(10, "levels", "of fields (introspection: its standard query)")
    introspection_depth: int = limit(16, "levels", "of fields below __schema and __type")
    nesting: int = limit(50, "levels", "of braces, those of fragments included")
    aliases: int = limit(30, "aliases", "in an operation")
    root_fields: int = limit(20, "fields", "of the root")
    directives: int = limit(50, "directives", "in an operation")
    fields: int = limit(500, "fields", "in an operation")
    cost: int = limit(5_000, "points", "an operation may cost, by @cost and @listSize")
    nodes: int = limit(10_000, "objects", "an answer may hold")
    expensive: int = limit(100, "points", "above which operations are executed one after the other")
    expensive_seconds: float = limit(3, "s", "for such an operation to wait for its turn")
    input_items: int = limit(250, "items", "in an array of an argument or variable")
    input_objects: int = limit(500, "objects and arrays", "in the variables of an operation")
    entities: int = limit(100, "representations", "of _entities")
    merged_fields: int = limit(5_000, "comparisons", "of fields that answer to one name")
    validation_errors: int = limit(20, "errors", "told of one document")

    page: int = limit(100, "records", "on a page")
    bulk_page: int = limit(1_000, "records", "on a page, with the scope bulk:read")

    query_seconds: float = limit(5, "s", "for a query")
    mutation_seconds: float = limit(30, "s", "for a mutation")
    statement_seconds: float = limit(2, "s", "for a statement of a query")
    connection_seconds: float = limit(2, "s", "to wait for a connection to the database")
    connections: int = limit(10, "connections", "to a database server, of each process")
    response_bytes: int = limit(5_000_000, "bytes", "in an answer")

    sockets: int = limit(5, "sockets", "open for one user or client, or address without a token")
    client_sockets: int = limit(1_000, "sockets", "open for all users of a client")
    socket_operations: int = limit(10, "operations", "at once on a socket")
    socket_init_seconds: float = limit(5, "s", "to send connection_init on a socket")
    streams: int = limit(10, "answers", "in parts, open for one user or client as sockets are")
    client_streams: int = limit(1_000, "answers", "in parts, open for all users of a client")
    ping_seconds: float = limit(12, "s", "between two signs of life, and to answer one")
    watch_seconds: float = limit(1, "s", "between two looks whether what somebody follows changed")
    recount_seconds: float = limit(2, "s", "between two counts of it, at least")

    budget: int = limit(500_000, "points", "that a user or client may spend in a window")
    client_budget: int = limit(5_000_000, "points", "that all users of a client may spend")
    public_budget: int = limit(100_000, "points", "that an address without a token may spend")
    budget_seconds: int = limit(60, "s", "a window lasts")
    iin_misses: int = limit(300, "numbers", "that no one has, looked up in a window")

    json_depth: int = limit(50, "levels", "of arrays and objects in a body")

    stall_seconds: float = limit(3, "s", "the event loop may stand still")
    grace_seconds: float = limit(20, "s", "to end after SIGTERM")
    drain_seconds: float = limit(1, "s", "of it to go on accepting while readiness says no")
