"""What the access log is told of a request: who, what, about whom, and how it was decided."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b, sha256

from graphql import GraphQLError

from erikti.audit import Access, AccessLog, AccessLogUnavailableError, Decision, Readings
from erikti.cache import Reading
from resolvers.context import Context
from resolvers.global_ids import key_text


async def record_disclosure(log: AccessLog, request: str, text: str, context: Context) -> None:
    """Record who is about to be given whose personal data; nothing where none was asked.

    ``request`` is the id of the request, ``text`` the document. Raises AccessLogUnavailable.
    """
    found = context.ledger
    coordinates = sorted({*found.coordinates, *found.identifying})
    if coordinates:
        persons = found.persons.union(map(key_text, context.loaders.scope.persons))
        decision = Decision.WITHHELD if found.withheld and not persons else Decision.ALLOWED
        access = _access(request, text, context, decision, coordinates)
        await log.write(replace(access, persons=sorted(persons)))


def readings_of(context: Context) -> list[Reading]:
    """The records about people that an operation has read since this was last asked."""
    read = context.loaders.scope.read
    found = [
        Reading(f"{model.__name__}Connection.nodes", _filter_hash(context, how), count)
        if how
        else Reading(model.__name__, None, count)
        for (model, how), count in read.items()
    ]
    read.clear()
    return found


def note_readings(log: Readings, text: str, context: Context, found: Sequence[Reading]) -> None:
    """Count records that are about to be given; raises AccessLogUnavailable."""
    for reading in found:
        coordinates, by = (reading.coordinate,), reading.filter_hash
        log.note(_access(None, text, context, Decision.ALLOWED, coordinates, by), reading.records)


def _filter_hash(context: Context, how: object) -> str:
    """What stands for a filter in the log: keyed, since it may hold what looks for one person."""
    said = repr(how).encode()
    return blake2b(
        said, digest_size=16, key=context.person_key, person=b"erikti.filter"
    ).hexdigest()


async def record_refusal(
    log: AccessLog, request: str, text: str, context: Context, errors: Sequence[GraphQLError]
) -> None:
    """Record that somebody asked what they may not; nothing is given out either way."""
    refused = [item for e in errors for item in (e.extensions or {}).get("refused", ())]
    coordinates = [item["coordinate"] for item in refused]
    with suppress(AccessLogUnavailableError):
        await log.write(_access(request, text, context, Decision.REFUSED, coordinates))


async def record_invalid_token(log: AccessLog, request: str) -> None:
    """Record that somebody showed a token that is not good."""
    with suppress(AccessLogUnavailableError):
        await log.write(Access(Decision.REFUSED, request_id=request))


def _access(
    request: str | None,
    text: str,
    context: Context,
    decision: Decision,
    coordinates: Sequence[str],
    filter_hash: str | None = None,
) -> Access:
    caller = context.principal
    return Access(
        decision,
        client=caller.client,
        subject=caller.subject,
        organisation=caller.organisation,
        country=caller.country,
        purpose=context.purpose,
        operation=sha256(text.encode()).hexdigest(),
        coordinates=coordinates,
        request_id=request,
        filter_hash=filter_hash,
    )
