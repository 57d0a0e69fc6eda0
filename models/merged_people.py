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

    ``details`` is a JSON object of its columns, and ``moved`` one of the IDs of the rows that
    referred to it, by table and column. Both are needed to undo the merge.
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


async def read_merged() -> None:
    """Learn the IDs of merged records, which ``remaining`` then knows."""
    rows = await fetch("SELECT id, person_id FROM merged_people")
    database.get().merged = dict(map(tuple, rows))


def remaining(person: object) -> object:
    """Return the ID of the record that an ID, in the database's representation, belongs to now."""
    return database.get().merged.get(person, person)
