"""Which identity providers the database was served with: after one of them, never in demo mode."""

from datetime import UTC, datetime

from tortoise.fields import DatetimeField
from tortoise.models import Model

from models.database import read_only
from models.fields import Text


class Issuer(Model):
    """A provider whose tokens opened this database."""

    id = Text(max_length=2048, primary_key=True)
    since = DatetimeField()

    class Meta:
        table = "issuers"


class ServedBeforeError(Exception):
    """Demo mode for a database that was served with a provider: its data are real."""


async def fit(issuer: str | None) -> None:
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
