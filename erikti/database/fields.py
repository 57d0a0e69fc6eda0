"""Column types with the same meaning and order on SQLite and PostgreSQL."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload
from uuid import UUID

from tortoise.fields import BigIntField, CharField, Field, TextField, UUIDField
from tortoise.models import Model

from erikti.text import MAX_KEY, fold, sort_key

YEARS = range(1800, 2201)  # of dates and instants of records
MAX_DECIMALS = 10_000
S = TypeVar("S", str, str | None)
Decoder = Callable[[Any], object]


class Text(CharField[S]):
    """A string ordered by code point on every database and locale.

    PostgreSQL would otherwise sort by the server's locale, so that cursors and indexes would
    depend on the machine.
    """

    if TYPE_CHECKING:  # like those of CharField, whose type of ``self`` is another

        @overload
        def __init__(
            self: "Text[str]", max_length: int, *, null: Literal[False] = ..., **options: Any
        ) -> None: ...

        @overload
        def __init__(
            self: "Text[str | None]", max_length: int, *, null: Literal[True], **options: Any
        ) -> None: ...

        def __init__(self, max_length: int, **options: Any) -> None: ...

    class _db_postgres:  # noqa: N801 - the name is Tortoise's
        def __init__(self, field: "Text[str]") -> None:
            self.field = field

        @property
        def SQL_TYPE(self) -> str:  # noqa: N802 - the name is Tortoise's
            return f'VARCHAR({self.field.max_length}) COLLATE "C"'


class SortKey(Text[str | None]):
    """The key that sorts the text ``source`` of the same record by the Kazakh alphabet.

    It is computed whenever a record is written; a value that is assigned to it is ignored.
    """

    def __init__(self, source: str, **options: Any) -> None:
        self.source = source
        super().__init__(**{"max_length": MAX_KEY, "null": True, **options})

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the columns that it is computed from."""
        return (self.source,)

    def derive(self, texts: Sequence[str | None]) -> str | None:
        """Return the key of a text; None without one."""
        (text,) = texts
        return None if text is None else sort_key(text)

    def to_db_value(self, value: object, instance: type[Model] | Model | None) -> object:
        """Return the key for the record's text, or a value to compare with it unchanged."""
        return _derived(self, value, instance)


class Folded(TextField):
    """The folded form of the texts ``sources`` of the same record, to search them by.

    There is one line for each text, empty without one, and each word has a space before it; None
    if there is no text at all. It is computed whenever a record is written.
    """

    class _db_postgres:  # noqa: N801 - the name is Tortoise's
        SQL_TYPE = 'TEXT COLLATE "C"'

    def __init__(self, sources: tuple[str, ...], **options: Any) -> None:
        self.sources = sources
        super().__init__(**{"null": True, **options})

    def derive(self, texts: Sequence[str | None]) -> str | None:
        """Return the folded form of the texts."""
        if all(text is None for text in texts):
            return None
        return "\n".join(f" {fold(text)}" if text else "" for text in texts)

    def to_db_value(self, value: object, instance: type[Model] | Model | None) -> object:
        """Return the folded form of the record's texts, or a value to compare with unchanged."""
        return _derived(self, value, instance)


def _derived(
    field: SortKey | Folded, value: object, instance: type[Model] | Model | None
) -> object:
    if not isinstance(instance, Model):
        return value
    return field.derive([getattr(instance, name) for name in field.sources])


@cache
def derived(model: type[Model]) -> dict[str, SortKey | Folded]:
    """Return the columns of a model that are computed from others when a record is written."""
    fields = model._meta.fields_map.items()
    return {name: field for name, field in fields if isinstance(field, SortKey | Folded)}


class Computed:
    """Computes the columns of a model that derive from its texts, for rows of some columns."""

    def __init__(self, model: type[Model], columns: Sequence[str]) -> None:
        found = {
            name: field
            for name, field in derived(model).items()
            if not set(columns).isdisjoint(field.sources)
        }
        self.names = tuple(found)
        self._ways = [
            (field.derive, [columns.index(name) for name in field.sources])
            for field in found.values()
        ]

    def __call__(self, row: Sequence[Any]) -> tuple[str | None, ...]:
        """Return the computed values of a row."""
        return tuple(derive([row[place] for place in places]) for derive, places in self._ways)


def uuid_of(stored: Any) -> UUID:
    """Return the plain UUID of a value as either database returns it."""
    return UUID(bytes=stored) if isinstance(stored, bytes) else UUID(int=stored.int)


class Uuid(UUIDField[Any]):
    """A UUID in 16 bytes; SQLite has no type for it, and 36 characters would need large indexes."""

    class _db_sqlite:  # noqa: N801 - the name is Tortoise's
        SQL_TYPE = "BLOB"

    def to_db_value(self, value: object, instance: type[Model] | Model) -> Any:
        """Return bytes for SQLite, a UUID for PostgreSQL."""
        if value is None:
            return None
        key = self.to_python_value(value)
        return key.bytes if instance._meta.db.capabilities.dialect == "sqlite" else key

    def to_python_value(self, value: Any) -> Any:
        """Return the UUID of a stored or written value."""
        if value is None or isinstance(value, UUID):
            return value
        return UUID(bytes=value) if isinstance(value, bytes) else UUID(value)


class FixedPoint(BigIntField):
    """A decimal number stored as a whole number of its smallest unit.

    SQLite has no decimal type, and numbers in text can be neither compared nor summed.
    ``places`` is the number of decimal places, 2 by default.
    """

    def __init__(self, places: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.places = places

    def to_db_value(self, value: Any, instance: type[Model] | Model | None) -> int | None:
        """Return the number of smallest units; raises ValueError for more decimal places."""
        if value is None:
            return None
        scaled = Decimal(value).scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{value} has more than {self.places} decimal places")
        return int(scaled)

    def to_python_value(self, value: Any) -> Any:
        """Return the decimal of a stored number of smallest units."""
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(value).scaleb(-self.places)


def fixed_point_decoder(field: Field[object]) -> Decoder | None:
    """Return the function that turns smallest units into decimals; None for other columns."""
    if not isinstance(field, FixedPoint):
        return None
    return _Decimals(field.places).__getitem__


class _Decimals(dict[int, Decimal]):
    """Cached decimals by their number of smallest units, up to ``MAX_DECIMALS``."""

    def __init__(self, places: int) -> None:
        self._places = places

    def __missing__(self, units: int) -> Decimal:
        value = Decimal(units).scaleb(-self._places)
        if len(self) < MAX_DECIMALS:
            self[units] = value
        return value
