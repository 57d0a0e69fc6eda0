"""Traces for gateways (Apollo's ftv1): how long an operation took, and where it failed."""

import time
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import GraphQLError

# The header and value with which a gateway requests a trace in ``extensions.ftv1``.
REQUESTED = ("apollo-federation-include-trace", "ftv1")

# The numbers of fields in Apollo's reports.proto, with the types that are written here.
END_TIME, START_TIME, DURATION, ROOT = 3, 4, 11, 14  # of Trace
NAME, INDEX, ERROR, CHILD = 1, 2, 11, 12  # of Node
MESSAGE, LOCATION = 1, 2  # of Error
NANOSECONDS = 1_000_000_000


@dataclass
class _Node:
    """A place in the response, and the errors there."""

    errors: list[GraphQLError] = field(default_factory=list)
    children: dict[str | int, "_Node"] = field(default_factory=dict)

    def at(self, path: Iterable[str | int]) -> "_Node":
        node = self
        for key in path:
            node = node.children.setdefault(key, _Node())
        return node

    def encoded(self) -> bytes:
        errors = [_bytes(ERROR, _error(error)) for error in self.errors]
        children = [_bytes(CHILD, _key(k) + node.encoded()) for k, node in self.children.items()]
        return b"".join(errors + children)


class FederatedTrace:
    """The trace of one operation, from its creation to ``finish``.

    Fields have no times of their own: a field is resolved for all objects of a level together.
    """

    def __init__(self) -> None:
        self._began_at, self._began = time.time_ns(), time.perf_counter_ns()

    def finish(self, errors: Iterable[GraphQLError] = ()) -> str:
        """Return the trace in base64, with the places and codes of errors."""
        took = time.perf_counter_ns() - self._began
        root = _Node()
        for error in errors:
            root.at(error.path or ()).errors.append(error)
        trace = (
            _bytes(END_TIME, _instant(self._began_at + took))
            + _bytes(START_TIME, _instant(self._began_at))
            + _number(DURATION, took)
            + _bytes(ROOT, root.encoded())
        )
        return b64encode(trace).decode()


def _instant(nanoseconds: int) -> bytes:
    """Encode a google.protobuf.Timestamp."""
    return _number(1, nanoseconds // NANOSECONDS) + _number(2, nanoseconds % NANOSECONDS)


def _key(key: str | int) -> bytes:
    return _number(INDEX, key) if isinstance(key, int) else _bytes(NAME, key.encode())


def _error(error: GraphQLError) -> bytes:
    """Encode an error by its code: its text may hold personal data, and traces leave the graph."""
    code = (error.extensions or {}).get("code", "")
    places = [_number(1, place.line) + _number(2, place.column) for place in error.locations or ()]
    located = b"".join(_bytes(LOCATION, place) for place in places)
    return _bytes(MESSAGE, str(code).encode()) + located


def _bytes(number: int, value: bytes) -> bytes:
    """Encode a length-delimited field of a protocol buffer."""
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    """Encode an integer field of a protocol buffer."""
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*written, value))
