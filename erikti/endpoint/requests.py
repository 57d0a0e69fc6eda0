"""Requests: one operation, in JSON or in a URL, and the headers that its response depends on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from os import urandom
from typing import TypeAlias

from babel import negotiate_locale
from starlette.types import Receive, Scope

from erikti.endpoint.bodies import query_parameters, read_json, strict_json
from erikti.endpoint.identifiers import identified, looks_personal
from erikti.errors import InvalidParameterError, RequestError
from erikti.guard.limits import Limits
from erikti.guard.personal import PERSONAL
from erikti.trusted_documents.hashes import DocumentHash
from models.people import Language, Purpose

CASE = re.compile(r"[A-Z]{2,12}-[0-9]{4}-[0-9]{1,10}")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
UUID = re.compile(r"[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}")
PURPOSES = frozenset(Purpose)
OBJECTS = {"variables", "extensions"}  # parameters in JSON; the others are text
PARAMETERS = OBJECTS | {"query", "operationName", "documentId"}

Headers: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class PlainRequest:
    """One operation, and what else its response depends on.

    ``text`` is empty until a document requested by its hash has been looked up.
    ``purpose`` is a code of ``Purpose`` or a case number, such as REG-2026-17.
    """

    method: str
    text: str
    variables: dict[str, object] | None
    operation: str | None
    language: Language
    purpose: str | None
    document: DocumentHash | None = None


async def read_request(
    scope: Scope, headers: Headers, receive: Receive, limits: Limits, most: int
) -> PlainRequest:
    """Return the operation of a GET, HEAD or POST request, with a body of at most ``most`` bytes.

    Raises RequestError and ClientGoneError.
    """
    if scope["method"] != "POST":
        found = query_parameters(scope["query_string"], limits)
        if any(looks_personal(name, value) for name, value in found.items()):
            # Proxies may log URLs, and shared caches use them as keys.
            raise _bad("Do not put personal data or tokens in a URL: use POST.")
        for name in PARAMETERS & found.keys():
            if not found[name].strip():
                raise _bad(f"{name}: this is empty; give a value, or leave the parameter out")
        objects = {name: _object(name, found[name], limits) for name in OBJECTS & found.keys()}
        given: dict[str, object] = {**found, **objects}
    else:
        given = await read_json(scope["headers"], receive, most, limits)
    return plain_request("POST" if scope["method"] == "POST" else "GET", given, headers)


def _object(name: str, value: str, limits: Limits) -> dict[str, object]:
    """Return the object in a parameter of a URL; raises RequestError."""
    if value.lstrip()[:1] == "[":
        raise _bad(f"{name}: give a JSON object, not a list")
    try:
        return strict_json(value.encode(), limits.json_depth)
    except RequestError as error:
        raise _bad(f"{name}: give a JSON object. {error.message}") from None


def plain_request(method: str, given: Mapping[str, object], headers: Headers) -> PlainRequest:
    """Return the operation in the parameters of a request, or in the payload of a message.

    ``headers`` hold language and purpose. Raises RequestError.
    """
    text, document = identified(given)
    variables, name = given.get("variables"), given.get("operationName")
    if not isinstance(variables, dict | None):
        raise _bad("variables: give an object, or nothing")
    if not isinstance(name, str | None):
        raise _bad("operationName: give a string, or leave it out")
    return PlainRequest(
        method,
        text,
        variables,
        name or None,
        language(headers.get("accept-language", "")),
        stated_purpose(headers),
        document,
    )


def request_id(given: str | None) -> str:
    """Return the id that the client gave its request, or a new one if it may not be logged."""
    if given and (
        UUID.fullmatch(given) or (REQUEST_ID.fullmatch(given) and not PERSONAL.search(given))
    ):
        return given
    return urandom(16).hex()


def stated_purpose(headers: Headers) -> str | None:
    """Return the stated purpose of access to personal data; raise RequestError if unknown."""
    given = headers.get("x-purpose")
    if given is None or given in PURPOSES or CASE.fullmatch(given):
        return given
    codes = ", ".join(sorted(PURPOSES))
    raise _bad(f"X-Purpose: give a case number such as REG-2026-17, or one of {codes}")


def _bad(text: str) -> RequestError:
    return InvalidParameterError(text)


@lru_cache(maxsize=1000)
def language(header: str) -> Language:
    """Return the supported language that ``Accept-Language`` prefers; Kazakh by default."""
    given = [part.partition(";") for part in header.replace(" ", "").split(",") if part]
    ordered = sorted(given, key=lambda part: -_quality(part[2]))
    tags = [tag.partition("-")[0].lower() for tag, _, parameter in ordered if _quality(parameter)]
    return Language(negotiate_locale(tags, list(Language)) or Language.KK)


def _quality(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q=")) if parameter else 1.0
    except ValueError:
        return 0.0
