"""Operations that the database writes anew for each request, without a context or an executor.

The guards are those of ``Operations``: budget, readiness, limits and the access log. Whatever is
not ordinary is refunded and left to the endpoint.
"""

from collections.abc import Awaitable, Sequence
from typing import NamedTuple

from starlette.types import Receive

from erikti.auth.principal import Principal
from erikti.database.connection import fetch_alone, fetch_now
from erikti.endpoint.access_log_entries import readings_from
from erikti.endpoint.disconnect import ClientGoneError, until_disconnected
from erikti.endpoint.http.fast_path.bounded import Bounded
from erikti.endpoint.http.fast_path.senders import View
from erikti.endpoint.operations import Operations
from erikti.endpoint.payers import Payer
from erikti.endpoint.requests import PlainRequest
from erikti.endpoint.results import dumped
from erikti.errors import UnavailableError
from erikti.guard.budget import BudgetError, Remaining
from schema.engine.written.repeated import BoundStatement, Repeated
from schema.engine.written.template import NotOrdinaryError, Ready

MIB = 2**20
OVERHEAD = 2_000  # bytes that an operation takes besides its text; its document has the rest

Key = tuple[View, str, str | None]


class Asked(NamedTuple):
    """A request, its caller and its payer; ``view`` is what the caller sees.

    ``is_new`` is whether the same request was not answered before.
    """

    view: View
    request: PlainRequest
    caller: Principal
    paying: Payer
    is_new: bool


class Known(NamedTuple):
    """An operation; if it is ``cacheable``, only new requests are for this module."""

    repeated: Repeated
    cacheable: bool


class WrittenResponse(NamedTuple):
    """A response without extensions, its points, and what is left of the budget."""

    body: bytes
    requested: int
    actual: int
    left: Remaining


class StatementError(Exception):
    """The ``failure`` of a statement, which the endpoint has to report; nothing was charged."""

    def __init__(self, failure: Exception) -> None:
        super().__init__(str(failure))
        self.failure = failure


class LiveOperations:
    """The operations that were written last, in at most ``most`` bytes.

    ``written`` counts the responses.
    """

    def __init__(self, operations: Operations, response_bytes: int, most: int = 16 * MIB) -> None:
        self.written = 0
        self._operations = operations
        self._response_bytes = response_bytes
        self._known: Bounded[Key, Known] = Bounded(most)

    def learn(self, view: View, request: PlainRequest, repeated: Repeated, cacheable: bool) -> None:
        """Remember an operation that the endpoint has answered."""
        key = (view, request.text, request.operation)
        self._known.put(key, Known(repeated, cacheable), OVERHEAD + len(request.text))

    async def answer(self, asked: Asked, receive: Receive) -> WrittenResponse | None:
        """Return the response; None, with nothing charged, if the endpoint has to find it.

        Raises StatementError, and ClientGoneError.
        """
        request, operations, paying = asked.request, self._operations, asked.paying
        known = self._known.get((asked.view, request.text, request.operation))
        if known is None or request.document or (known.cacheable and not asked.is_new):
            return None
        try:
            operations.check_budget(paying)
            found = known.repeated.find(request.variables or {})
            if found is None or await operations.unreadiness():
                return None
            reserved = max(found.requested, 1)
            left = await operations.charge(paying, asked.caller, reserved)
        except BudgetError:
            return None
        try:
            rows = await self._rows(found.ready, paying.who, receive)
        except ClientGoneError:
            raise
        except Exception as failure:
            await operations.refund(paying, reserved, left)
            raise StatementError(failure) from None
        result = self._read(asked, found, rows)
        if result is None:
            await operations.refund(paying, reserved, left)
            return None
        body, points = result
        left = await operations.refund(paying, reserved - max(points, 1), left)
        self.written += 1
        return WrittenResponse(body, found.requested, points, left)

    def _rows(
        self, ready: Ready, who: str, receive: Receive
    ) -> Awaitable[Sequence[Sequence[object]]]:
        """Return what returns the rows of a statement; raises ClientGoneError.

        One that runs at once ends soon, so that it does not matter whether its client stays.
        """
        return fetch_now(ready.sql, ready.parameters, who) or until_disconnected(
            receive, fetch_alone(ready.sql, ready.parameters, client_key=who)
        )

    def _read(
        self, asked: Asked, found: BoundStatement, rows: Sequence[Sequence[object]]
    ) -> tuple[bytes, int] | None:
        """Return a response and its cost; None if it is not ordinary, or not to be sent."""
        operations, request = self._operations, asked.request
        try:
            result = found.read(rows)
            body = dumped(result.data, ())
            if len(body) > self._response_bytes:
                return None
            read = readings_from(operations.person_key, result.read)
            operations.note(request.text, asked.caller, request.purpose, read)
        except (NotOrdinaryError, UnavailableError):
            return None
        return body, result.points
