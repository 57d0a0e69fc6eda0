"""People while they are written: their details, as read and as stored."""

from dataclasses import dataclass, field
from datetime import date

from tortoise.models import Model

from erikti.database.connection import dialect
from erikti.database.sealed import Sealed, keyring
from erikti.writing.batches import Cells
from models.people import Person

FIELDS = (
    "family_name",
    "given_name",
    "patronymic",
    "latin_name",
    "birth_date",
    "sex",
    "citizenship",
    "iin",
    "email",
    "phone",
    "preferred_language",
)
STORED = tuple("citizenship_id" if name == "citizenship" else name for name in FIELDS)
FAMILY, GIVEN, BIRTH, IIN = (
    FIELDS.index(n) for n in ("family_name", "given_name", "birth_date", "iin")
)
SEALED = tuple(
    (place, column)
    for place, column in enumerate(Person._meta.fields_map[name] for name in FIELDS)
    if isinstance(column, Sealed)
)
BIRTH_DATE = Person._meta.fields_map["birth_date"]

Details = Cells  # the values of FIELDS
UNKNOWN = "another system"  # the owner of a person without a source


@dataclass(slots=True)
class Human:
    """A person, stored or new; ``owner`` is the system that recorded them first.

    ``suppliers`` are the systems of those values that others supplied, by field; ``supplied``
    are the fields among them that are not stored yet.
    """

    id: object
    details: Details
    owner: str | None = None
    new: bool = False
    changed: bool = False
    suppliers: dict[str, str] = field(default_factory=dict)
    supplied: set[str] = field(default_factory=set)

    def supplier(self, name: str) -> str:
        """Return the system that supplied the value of a field."""
        return self.suppliers.get(name) or self.owner or UNKNOWN

    def supply(self, name: str, system: str) -> None:
        """Record that a system supplied the value of a field."""
        if self.supplier(name) != system:
            self.suppliers[name] = system
            self.supplied.add(name)


def new_id(model: type[Model]) -> object:
    """Return the ID of a new record."""
    return model._meta.fields_map["id"].default()


def new_ids(model: type[Model], count: int) -> list[object]:
    """Return IDs of new records in the database's representation."""
    column, encode = model._meta.fields_map["id"], dialect().encode
    return [encode(column, new_id(model)) for _ in range(count)]


def stored_day(value: date | None) -> object:
    """Return a date in the database's representation."""
    return dialect().encode(BIRTH_DATE, value)


def sealed(person: object, details: Details) -> Details:
    """Return a person's details in the database's representation, sealed."""
    cells = list(details)
    for place, column in SEALED:
        if cells[place] is not None:
            cells[place] = column.seal(person, cells[place])
    return tuple(cells)


def unsealed(person: object, stored: Cells) -> Details:
    """Return stored details in the form of rows' details; raises SealingError."""
    cells = list(stored)
    for place, column in SEALED:
        if cells[place] is not None:
            cells[place] = column.unseal(person, cells[place])
    return tuple(cells)


def hashed(iin: str | None) -> str | None:
    """Return the keyed hash of an IIN."""
    return None if iin is None else keyring().digest(iin)


def public_name(details: Details) -> str:
    """Return the public form of a name: given name and first letter of the family name.

    A person with one name only has it as the family name.
    """
    initial = f"{details[FAMILY][:1]}."
    return f"{details[GIVEN]} {initial}" if details[GIVEN] else initial
