"""Bodies and URLs of requests: read within bounds, and accepted only if unambiguous."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import orjson

from erikti.endpoint.disconnect import ClientGoneError
from erikti.errors import (
    BodyTooLargeError,
    RequestError,
    UnsupportedMediaTypeError,
    UrlTooLongError,
)
from erikti.guard.limits import Limits

JSON = "application/json"
INTEGER_DIGITS = 19  # a 64-bit number and its sign fit
BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
CHARSET = re.compile(r'charset\s*=\s*"?utf-?8"?', re.IGNORECASE)

Headers = Iterable[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def read_json(headers: Headers, receive: Receive, limit: int, limits: Limits) -> Any:
    """The JSON object in the body of a POST request; ``limit`` bytes at most.

    ``headers`` are those of the ASGI scope. Raises RequestError with 413, 415 or 400, and
    ClientGoneError.
    """
    check_type(headers)
    return strict_json(await read_body(headers, receive, limit), limits.json_depth)


def check_type(headers: Headers) -> None:
    """Raise RequestError (415) unless the body is JSON in UTF-8 without content coding."""
    kinds = [value for name, value in headers if name == b"content-type"]
    kind, *parameters = (kinds[0] if len(kinds) == 1 else b"").decode("latin-1").split(";")
    known = all(CHARSET.fullmatch(parameter.strip()) for parameter in parameters)
    if kind.strip().lower() != JSON or not known:
        raise UnsupportedMediaTypeError(f"send the body as {JSON} in UTF-8")
    codings = [value.lower() for name, value in headers if name == b"content-encoding"]
    if codings not in ([], [b"identity"]):
        raise UnsupportedMediaTypeError("send the body without content-encoding")


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """The body; raises RequestError (413) at once if its length is declared, or when exceeded.

    Raises ClientGoneError if the client disconnects first. No more than ``limit`` bytes and
    what the socket holds are kept in memory.
    """
    for name, value in headers:
        if name == b"content-length" and not _fits(value, limit):
            raise _too_long(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_long(limit)
        if not message.get("more_body", False):
            return b"".join((*parts, part)) if parts else part
        parts.append(part)


def strict_json(body: bytes, depth: int) -> dict[str, Any]:
    """The object in a body or a parameter; raises RequestError (400) if it is ambiguous.

    It is in UTF-8 without a byte order mark, no key twice, no number beyond 64 bits or
    infinite, no half of a surrogate pair, and ``depth`` levels at most.
    """
    if not body:
        raise _malformed("it is empty: send a JSON object")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _malformed(f"this is not JSON: {error}") from None
    if isinstance(found, list):
        raise _malformed("this is a list: send one operation at a time, as a JSON object")
    if not isinstance(found, dict):
        raise _malformed("this is not a JSON object")
    _check_depth(found, depth, depth)
    # The standard library detects what orjson accepts silently.
    taken: dict[str, Any] = STRICT.decode(body.decode())
    return taken


def query_parameters(query: bytes, limits: Limits) -> dict[str, str]:
    """The parameters of a URL; raises RequestError (400) if they are ambiguous.

    ``variables`` and ``extensions`` are still text, for strict_json.
    """
    if len(query) > limits.url_bytes:
        raise UrlTooLongError(f"a URL has at most {limits.url_bytes} bytes")
    if BAD_PERCENT.search(query) or not query.isascii():
        raise _malformed("the URL is not percent-encoded correctly")
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise _malformed("the URL is not in UTF-8") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("the URL has a parameter twice")
    return found


def _fits(value: bytes, limit: int) -> bool:
    try:
        return int(value) <= limit
    except ValueError:
        return False


def _check_depth(value: Mapping[str, Any] | list[Any], left: int, depth: int) -> None:
    if not left:
        raise _malformed(f"JSON may have {depth} levels, this has more")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            _check_depth(item, left - 1, depth)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("an object of the JSON has a key twice")
    return found


def _integer(text: str) -> int:
    number = int(text) if len(text) <= INTEGER_DIGITS + 1 else None
    if number is None or not -(2**63) <= number < 2**63:
        raise _malformed("a number of the JSON has more than 64 bits")
    return number


def _constant(text: str) -> NoReturn:
    raise _malformed(f"this is not JSON: {text}")


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_constant=_constant)


def _malformed(text: str) -> RequestError:
    return RequestError(text)


def _too_long(limit: int) -> RequestError:
    return BodyTooLargeError(f"a body has at most {limit} bytes")
