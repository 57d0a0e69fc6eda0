"""People who were recorded twice: what a merged record held, and the ID that still finds them."""

from uuid import UUID

from tortoise.fields import BigIntField, TextField
from tortoise.models import Model

from erikti.database.connection import fetch
from erikti.database.current import database
from erikti.database.fields import Uuid
from erikti.database.sealed import Sealed
from models.base import part_of


class MergedPerson(Model):
    """A record of a person that was merged into another record, and was deleted there.

    ``details`` is a JSON object with its values, and ``moved`` one with its sources and the IDs of
    the rows that referred to it. Both are needed to undo the merge.
    """

    id = Uuid(primary_key=True)
    person = part_of("Person")
    change_set = BigIntField()
    details = Sealed()
    moved = TextField()
    person_id: UUID

    class Meta:
        table = "merged_people"
        indexes = [("person_id", "id")]


async def read_merged() -> bool:
    """Read the IDs of merged records for ``remaining``; return whether they changed."""
    rows = await fetch("SELECT id, person_id FROM merged_people")
    state, found = database.get(), dict(map(tuple, rows))
    if found == state.merged:
        return False
    state.merged = found
    state.merges += 1
    return True


def remaining(person: object) -> object:
    """Return the ID of the record that an ID, in the database's representation, belongs to now."""
    return database.get().merged.get(person, person)


def merges() -> int:
    """Return a number that changes with what ``remaining`` returns."""
    return database.get().merges
