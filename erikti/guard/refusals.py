"""How a caller is told that a request is refused, or which limit an operation went over."""

from typing import Any

import orjson
from graphql import GraphQLError, Node

CODE = "LIMIT_EXCEEDED"
# Of every answer, refusals at the socket included: browsers take it for nothing but what it says
# it is, show it in no frame, and tell no page where it came from.
ON_EVERY_ANSWER = (
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", "frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
)
LINES_ON_EVERY_ANSWER = "".join(f"{n}: {v}\r\n" for n, v in ON_EVERY_ANSWER).encode()
# Of requests that are refused before anybody reads what they ask.
OF_REQUESTS = frozenset(
    {
        "BAD_REQUEST",
        "BODY_TOO_LARGE",
        "EXPECTATION_FAILED",
        "HEADERS_TOO_LARGE",
        "HTTP_VERSION",
        "METHOD_NOT_ALLOWED",
        "NOT_ACCEPTABLE",
        "REQUEST_TIMEOUT",
        "UNAUTHENTICATED",
        "UNSUPPORTED_MEDIA_TYPE",
        "URL_TOO_LONG",
    }
)


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault of ours
    """Why a request is refused: an HTTP status, a code of CODES, a text, and what helps further."""

    def __init__(self, status: int, code: str, text: str, **extensions: Any) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text
        self.extensions = {"code": code, **extensions}

    def body(self) -> bytes:
        """The refusal in the shape of a GraphQL answer, JSON."""
        return orjson.dumps({"errors": [{"message": self.text, "extensions": self.extensions}]})


def refusal(limit: str, asked: int, allowed: int, unit: str, *nodes: Node) -> GraphQLError:
    """The error of an operation that asks more than a limit allows.

    Its extensions hold ``code``, the ``limit`` by its name, what was ``asked`` and what is
    ``allowed``; ``nodes`` are the places in the document.
    """
    return GraphQLError(
        f"{limit}: {asked} {unit} asked for, at most {allowed} allowed",
        list(nodes) or None,
        extensions={"code": CODE, "limit": limit, "asked": asked, "allowed": allowed},
    )
