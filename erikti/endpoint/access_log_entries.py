"""Entries of the access log: caller, document, people concerned, and decision."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b, sha256

from graphql import GraphQLError

from erikti.audit import Access, AccessLog, AccessLogUnavailableError, Decision, Readings
from erikti.auth.principal import Principal
from erikti.cache import Reading
from resolvers.context import Context
from resolvers.dataloaders.scope import Reading as Read
from resolvers.global_ids import key_text


async def record_disclosure(log: AccessLog, request: str, text: str, context: Context) -> None:
    """Record whose personal data is about to be sent, unless there is none.

    ``request`` is the id of the request, ``text`` the document. Raises
    AccessLogUnavailableError.
    """
    found = context.ledger
    coordinates = sorted({*found.coordinates, *found.identifying})
    if coordinates:
        persons = found.persons.union(map(key_text, context.loaders.scope.persons))
        decision = Decision.WITHHELD if found.withheld and not persons else Decision.ALLOWED
        caller, purpose = context.principal, context.purpose
        access = _access(request, text, caller, purpose, decision, coordinates)
        await log.write(access._replace(persons=sorted(persons)))


def readings_of(context: Context) -> list[Reading]:
    """The records about people that an operation has read since the last call."""
    read = context.loaders.scope.read
    found = readings_from(context.person_key, read)
    read.clear()
    return found


def readings_from(key: bytes, read: Mapping[Read, int]) -> list[Reading]:
    """The records about people that were read; ``key`` hashes the filters of lists."""
    return [
        Reading(f"{model.__name__}Connection.nodes", _filter_hash(key, how), count)
        if how
        else Reading(model.__name__, None, count)
        for (model, how), count in read.items()
    ]


def note_readings(
    log: Readings, text: str, caller: Principal, purpose: str | None, found: Sequence[Reading]
) -> None:
    """Count records that are about to be sent; raises AccessLogUnavailableError."""
    for reading in found:
        coordinates, by = (reading.coordinate,), reading.filter_hash
        access = _access(None, text, caller, purpose, Decision.ALLOWED, coordinates, by)
        log.note(access, reading.records)


def _filter_hash(key: bytes, how: object) -> str:
    """Hash a filter for the log, with a key: it may identify a person."""
    text = repr(how).encode()
    return blake2b(text, digest_size=16, key=key, person=b"erikti.filter").hexdigest()


async def record_refusal(
    log: AccessLog, request: str, text: str, context: Context, errors: Sequence[GraphQLError]
) -> None:
    """Record a request for what the caller may not see; none of it is sent in any case."""
    refused = [item for e in errors for item in (e.extensions or {}).get("refused", ())]
    coordinates = [item["coordinate"] for item in refused]
    caller, purpose = context.principal, context.purpose
    with suppress(AccessLogUnavailableError):
        await log.write(_access(request, text, caller, purpose, Decision.REFUSED, coordinates))


async def record_invalid_token(log: AccessLog, request: str) -> None:
    """Record an invalid token."""
    with suppress(AccessLogUnavailableError):
        await log.write(Access(Decision.REFUSED, request_id=request))


def _access(
    request: str | None,
    text: str,
    caller: Principal,
    purpose: str | None,
    decision: Decision,
    coordinates: Sequence[str],
    filter_hash: str | None = None,
) -> Access:
    return Access(
        decision,
        client=caller.client,
        subject=caller.subject,
        organisation=caller.organisation,
        country=caller.country,
        purpose=purpose,
        operation=sha256(text.encode()).hexdigest(),
        coordinates=coordinates,
        request_id=request,
        filter_hash=filter_hash,
    )
