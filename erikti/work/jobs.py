"""The table of jobs: who does which kind of work until when, and how it went."""

from datetime import UTC, datetime, timedelta

from tortoise.expressions import F, Q

from erikti.database.uncancelled import shielded
from models.jobs import Job

LEASE = 30.0  # seconds after which a job that is not renewed may begin anew
LONGEST_PAUSE = 600.0  # seconds between two attempts of a job that fails


async def lease(kind: str) -> bool:
    """Begin a job that is due, and that no other process does; return whether it is."""
    return await shielded(_lease(kind))


async def _lease(kind: str) -> bool:
    now = datetime.now(UTC)
    await Job.get_or_create(kind=kind, defaults={"due_at": now})
    free = Q(leased_until__isnull=True) | Q(leased_until__lt=now)
    leased = await Job.filter(free, kind=kind, due_at__lte=now).update(
        leased_until=now + timedelta(seconds=LEASE), attempts=F("attempts") + 1
    )
    return leased > 0


async def renew(kind: str) -> None:
    """Go on with a job for the time of another lease."""
    await _update(kind, leased_until=datetime.now(UTC) + timedelta(seconds=LEASE))


async def finish(kind: str, pause: float) -> None:
    """End a job that succeeded; it is due again after a pause in seconds."""
    now = datetime.now(UTC)
    due = now + timedelta(seconds=pause)
    await _update(kind, due_at=due, leased_until=None, attempts=0, last_error=None, done_at=now)


async def fail(kind: str, error: Exception) -> None:
    """End an attempt that failed; the pause before the next one doubles each time."""
    attempts = (await shielded(_find(kind))).attempts
    due = datetime.now(UTC) + timedelta(seconds=min(2.0 ** min(attempts, 10), LONGEST_PAUSE))
    # Without its text, which may contain personal data.
    await _update(kind, due_at=due, leased_until=None, last_error=type(error).__name__)


async def release(kind: str) -> None:
    """End an attempt that was interrupted; the job is still due."""
    await _update(kind, leased_until=None)


async def _find(kind: str) -> Job:
    return await Job.get(kind=kind)


async def _update(kind: str, **values: object) -> None:
    async def update() -> None:
        await Job.filter(kind=kind).update(**values)

    await shielded(update())
