"""What the access log is told of a request: who, what, about whom, and how it was decided."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256

from graphql import GraphQLError

from audit import Access, AccessLog, AccessLogUnavailable, Decision
from resolvers.context import Context


async def record_disclosure(log: AccessLog, request: str, text: str, context: Context) -> None:
    """Record who is about to be given whose personal data; nothing where none was asked.

    ``request`` is the id of the request, ``text`` the document. Raises AccessLogUnavailable.
    """
    found = context.disclosure
    if found.coordinates:
        withheld = found.withheld and not found.persons
        decision = Decision.WITHHELD if withheld else Decision.ALLOWED
        access = _access(request, text, context, decision, found.coordinates)
        await log.write(replace(access, persons=sorted(found.persons)))


async def record_refusal(
    log: AccessLog, request: str, text: str, context: Context, errors: Sequence[GraphQLError]
) -> None:
    """Record that somebody asked what they may not; nothing is given out either way."""
    refused = [item for e in errors for item in (e.extensions or {}).get("refused", ())]
    coordinates = [item["coordinate"] for item in refused]
    with suppress(AccessLogUnavailable):
        await log.write(_access(request, text, context, Decision.REFUSED, coordinates))


async def record_stranger(log: AccessLog, request: str) -> None:
    """Record that somebody showed a token that is not good."""
    with suppress(AccessLogUnavailable):
        await log.write(Access(Decision.REFUSED, request_id=request))


def _access(
    request: str, text: str, context: Context, decision: Decision, coordinates: Sequence[str]
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
    )
