"""Writers of hand-written SQL, which share the combinations of rollups and nothing else."""

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from uuid import UUID, uuid4

from erikti.database.connection import dialect, fetch, transaction
from erikti.database.retries import retried

REGIONS = ("KZ-71", "KZ-75")
DAYS = ("2024-12-31", "2025-01-01", "2025-02-01")
UNDONE = 0.2  # of the transactions


class _UndoneError(Exception):
    pass


def literal(key: UUID) -> str:
    """Return a key in SQL."""
    return f"x'{key.hex}'" if dialect().name == "sqlite" else f"'{key}'"


async def add_people(number: int) -> list[UUID]:
    """Insert people with nothing but a name; return their IDs."""
    ids = [uuid4() for _ in range(number)]
    rows = ", ".join(f"({literal(id_)}, 'A.', '{DAYS[0]}')" for id_ in ids)
    await fetch(f"INSERT INTO people (id, display_name, recorded_on) VALUES {rows}")
    return ids


async def add_volunteer(person: UUID, region: str, day: str = DAYS[1]) -> None:
    """Insert a volunteer, or move the one that is there."""
    key = literal(person)
    await fetch(
        "INSERT INTO volunteers (id, source_system, source_id, person_id, region_id, status, "
        f"silver, registered_on, hours_total) VALUES ({key}, 'T', '{person}', {key}, '{region}', "
        f"'ACTIVE', FALSE, '{day}', 7) "
        "ON CONFLICT (id) DO UPDATE SET region_id = excluded.region_id, hours_total = 12"
    )


class Writer:
    """Writes records of its own people."""

    def __init__(self, people: Sequence[UUID], projects: Sequence[UUID], seed: int) -> None:
        self._people = people
        self._projects = projects
        self._random = Random(seed)

    async def __call__(self, transactions: int) -> None:
        """Run transactions of some statements, a part of which is rolled back."""
        for _ in range(transactions):
            with suppress(_UndoneError):
                await retried(self._transaction)

    async def _transaction(self) -> None:
        async with transaction():
            for _ in range(self._random.randint(1, 4)):
                await self._statement()
            if self._random.random() < UNDONE:
                raise _UndoneError

    async def _statement(self) -> None:
        pick = self._random.choice
        person, day = pick(self._people), pick(DAYS)
        key = literal(person)
        statements = (
            f"UPDATE volunteers SET status = '{pick(('ACTIVE', 'WITHDRAWN'))}' WHERE id = {key}",
            f"UPDATE people SET birth_date = '{day}' WHERE id = {key}",
            "INSERT INTO volunteer_directions (volunteer_id, direction) SELECT "
            f"id, 'SPORT' FROM volunteers WHERE id = {key} ON CONFLICT DO NOTHING",
            f"DELETE FROM volunteer_directions WHERE volunteer_id = {key}",
            "INSERT INTO participations (id, source_system, source_id, volunteer_id, project_id, "
            f"role, hours, starts_on) SELECT {literal(uuid4())}, 'T', '{uuid4()}', id, "
            f"{literal(pick(self._projects))}, 'ORGANISER', 5, '{day}' "
            f"FROM volunteers WHERE id = {key}",
            f"DELETE FROM participations WHERE volunteer_id = {key}",
            f"DELETE FROM volunteers WHERE id = {key} AND NOT EXISTS "
            f"(SELECT 1 FROM participations p WHERE p.volunteer_id = {key})",
            None,
        )
        if statement := pick(statements):
            await fetch(statement)
        else:
            await add_volunteer(person, pick(REGIONS), day)
