"""Which identity providers the database was served with: after one of them, never in demo mode."""

import asyncio
import time
from datetime import UTC, datetime

from tortoise.fields import DatetimeField
from tortoise.models import Model

from erikti.database.connection import read_only
from erikti.database.errors import cause
from erikti.database.fields import Text
from erikti.database.uncancelled import started

PAUSE = 5.0  # seconds between two looks
TIMEOUT = 2.0  # seconds that one may take


class Issuer(Model):
    """A provider whose tokens opened this database."""

    id = Text(max_length=2048, primary_key=True)
    since = DatetimeField()

    class Meta:
        table = "issuers"


class ServedBeforeError(Exception):
    """Demo mode for a database that was served with a provider: its data are real."""


async def check_issuer(issuer: str | None) -> None:
    """Put down the provider that the database is served with, None for demo mode.

    Raises ServedBeforeError where demo mode follows upon a provider.
    """
    if issuer is None:
        if known := await Issuer.all().order_by("since").first():
            raise ServedBeforeError(
                f"the database was served with {known.id}: there is no demo mode for it"
            )
    elif not await Issuer.exists(id=issuer) and not await read_only():
        made = [Issuer(id=issuer, since=datetime.now(UTC))]
        await Issuer.bulk_create(made, ignore_conflicts=True)


class IssuerGuard:
    """Whether requests may be answered from the database as this process is served.

    It may have been away at the start, or be another one by now. Nothing is answered in demo
    mode before that is known; then it is looked at now and then, while requests go on.
    """

    def __init__(self, issuer: str | None) -> None:
        self._issuer = issuer
        self._fits = issuer is not None  # a provider's tokens name the caller, whatever there was
        self._noted = False
        self._looked = float("-inf")
        self._look: asyncio.Task[None] | None = None
        self._reason: str | None = None

    async def unreadiness(self) -> str | None:
        """Why no request may be answered, None where it may."""
        if self._noted and self._issuer is not None:
            return None
        if self._look is None and (not self._fits or time.monotonic() - self._looked > PAUSE):
            self._looked = time.monotonic()
            self._look = started(self._find_out())
        if self._look is not None and not self._fits:
            await asyncio.shield(self._look)
        return self._reason

    async def _find_out(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                await check_issuer(self._issuer)
        except ServedBeforeError as error:
            self._fits, self._reason = False, str(error)
        except Exception as error:
            if not self._fits:
                found = cause(error)
                self._reason = found and f"the database cannot be used: {found}"
        else:
            self._fits, self._noted, self._reason = True, True, None
        finally:
            self._look = None
