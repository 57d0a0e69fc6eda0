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


async def read_json(
    headers: Headers, receive: Receive, limit: int, limits: Limits
) -> dict[str, object]:
    """Return the JSON object in the body of a POST request, of at most ``limit`` bytes.

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
        raise UnsupportedMediaTypeError(f"Send the body as {JSON} in UTF-8.")
    codings = [value.lower() for name, value in headers if name == b"content-encoding"]
    if codings not in ([], [b"identity"]):
        raise UnsupportedMediaTypeError("Send the body without Content-Encoding.")


async def read_body(headers: Headers, receive: Receive, limit: int) -> bytes:
    """Return the body; raises RequestError (413) if it is too large, by declaration or in fact.

    Raises ClientGoneError if the client disconnects first. At most ``limit`` bytes and the
    buffer of the socket are in memory.
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


def strict_json(body: bytes, depth: int) -> dict[str, object]:
    """Return the object in a body; raises RequestError (400) if it is ambiguous.

    It must be in UTF-8 without a byte order mark, duplicate keys, lone surrogates, infinite
    numbers, or numbers of more than 64 bits, and have at most ``depth`` levels.
    """
    if not body:
        raise _malformed("Send a JSON object: this is empty.")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _malformed(f"This is not JSON: {error}.") from None
    if isinstance(found, list):
        raise _malformed("Send one operation at a time, as a JSON object: this is a list.")
    if not isinstance(found, dict):
        raise _malformed("Send a JSON object.")
    _check_depth(found, depth, depth)
    # The standard library detects what orjson accepts silently.
    strict: dict[str, object] = STRICT.decode(body.decode())
    return strict


def query_parameters(query: bytes, limits: Limits) -> dict[str, str]:
    """Return the parameters of a URL; raises RequestError (400) if they are ambiguous.

    ``variables`` and ``extensions`` are still in JSON.
    """
    if len(query) > limits.url_bytes:
        raise UrlTooLongError(f"A URL has at most {limits.url_bytes} bytes.")
    if BAD_PERCENT.search(query) or not query.isascii():
        raise _malformed("The URL is not percent-encoded correctly.")
    try:
        pairs = parse_qsl(query.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise _malformed("The URL is not in UTF-8.") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("The URL repeats a parameter.")
    return found


def _fits(value: bytes, limit: int) -> bool:
    """Return whether a declared length is a number of at most ``limit`` bytes."""
    try:
        return int(value) <= limit
    except ValueError:
        return False


def _check_depth(value: Mapping[str, object] | list[object], left: int, depth: int) -> None:
    if not left:
        raise _malformed(f"JSON has at most {depth} levels.")
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            _check_depth(item, left - 1, depth)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("A JSON object has a duplicate key.")
    return found


def _integer(text: str) -> int:
    number = int(text) if len(text) <= INTEGER_DIGITS + 1 else None
    if number is None or not -(2**63) <= number < 2**63:
        raise _malformed("A number in the JSON has more than 64 bits.")
    return number


def _constant(text: str) -> NoReturn:
    raise _malformed(f"This is not JSON: {text}.")


STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_int=_integer, parse_constant=_constant)


def _malformed(text: str) -> RequestError:
    return RequestError(text)


def _too_long(limit: int) -> RequestError:
    return BodyTooLargeError(f"A body has at most {limit} bytes.")
