"""Identity providers that the database was served with; after the first one, no demo mode."""

import asyncio
import time
from datetime import UTC, datetime

from tortoise.fields import DatetimeField
from tortoise.models import Model

from erikti.database.connection import read_only
from erikti.database.errors import cause
from erikti.database.fields import Text
from erikti.database.uncancelled import started

PAUSE = 5.0  # seconds between two checks
TIMEOUT = 2.0  # seconds for one check


class Issuer(Model):
    """A provider whose tokens opened this database."""

    id = Text(max_length=2048, primary_key=True)
    since = DatetimeField()

    class Meta:
        table = "issuers"


class ServedBeforeError(Exception):
    """Demo mode was requested for a database with real data: it was served with a provider."""


async def check_issuer(issuer: str | None) -> None:
    """Record the provider that the database is served with; None means demo mode.

    Raises ServedBeforeError for demo mode if a provider was ever recorded.
    """
    if issuer is None:
        if known := await Issuer.all().order_by("since").first():
            raise ServedBeforeError(
                f"the database was served with {known.id}: demo mode is not allowed for it"
            )
    elif not await Issuer.exists(id=issuer) and not await read_only():
        made = [Issuer(id=issuer, since=datetime.now(UTC))]
        await Issuer.bulk_create(made, ignore_conflicts=True)


class IssuerGuard:
    """Checks that the database may be served with this process's provider.

    The database may be unavailable at the start, or be replaced later. In demo mode, requests
    wait for the first successful check; later checks run in the background.
    """

    def __init__(self, issuer: str | None) -> None:
        self._issuer = issuer
        self._allowed = issuer is not None  # only demo mode must be refused
        self._recorded = False
        self._checked_at = float("-inf")
        self._check: asyncio.Task[None] | None = None
        self._reason: str | None = None

    async def unreadiness(self) -> str | None:
        """Return why requests must be rejected, or None if they may be served."""
        if self._recorded and self._issuer is not None:
            return None
        due = not self._allowed or time.monotonic() - self._checked_at > PAUSE
        if self._check is None and due:
            self._checked_at = time.monotonic()
            self._check = started(self._find_out())
        if self._check is not None and not self._allowed:
            await asyncio.shield(self._check)
        return self._reason

    async def _find_out(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                await check_issuer(self._issuer)
        except ServedBeforeError as error:
            self._allowed, self._reason = False, str(error)
        except Exception as error:
            if not self._allowed:
                found = cause(error)
                self._reason = found and f"the database cannot be used: {found}"
        else:
            self._allowed, self._recorded, self._reason = True, True, None
        finally:
            self._check = None
