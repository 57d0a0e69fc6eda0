"""The source of records: a field of each imported type, a key and a filter."""

import strawberry
from strawberry.types.field import StrawberryField
from tortoise.models import Model

from resolvers.data import Part, SourceOfPerson
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.global_ids import NODES
from resolvers.sources import sources
from schema.building.fields import batch_field
from schema.building.inputs import PREFIX
from schema.building.permissions import PUBLIC

SOURCE = "source"
SOURCE_COLUMNS = Part({"system": "source_system", "identifier": "source_id"})
SYSTEM = "The code of the system that supplied the record."
IDENTIFIER = "The identifier of the record in that system."
WHERE = "The system that supplied the record, and its identifier there."
IDENTIFIES = (
    " The identifier is visible for the system that supplied it; for others it requires "
    "people:read and a purpose."
)

REQUIRES = " Requires people:read and a purpose, or the token of that system."


@strawberry.federation.type(
    shareable=True,
    description="The system that supplied a record, and the record's identifier there.",
    directives=[PUBLIC],
)
class RecordSource:
    """The system that supplied a record, and the record's identifier there."""

    system: str = strawberry.field(description=SYSTEM)
    identifier: str | None = strawberry.field(
        description="The identifier of the record in that system; null if withheld."
    )


@strawberry.input(
    name=f"{PREFIX}RecordSourceInput",
    description="The system that supplied a record, and the record's identifier there.",
)
class RecordSourceInput:
    """The source of a record, as a key or a condition."""

    system: str = strawberry.field(description=SYSTEM)
    identifier: str = strawberry.field(description=IDENTIFIER)


def source(name: str) -> StrawberryField:
    """Return the field with the source of records of a type."""
    identifies = NODES[name].model in STANDS_FOR
    return batch_field(
        sources(name, RecordSource),
        RecordSource,
        WHERE + (IDENTIFIES if identifies else ""),
        data=SourceOfPerson() if identifies else SOURCE_COLUMNS,
    )


def source_text(model: type[Model]) -> str:
    """Return the description of a source as a key or a condition."""
    return WHERE + (REQUIRES if model in STANDS_FOR else "")
