"""Column types with the same meaning and order on SQLite and PostgreSQL."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from tortoise.fields import BigIntField, CharField, UUIDField

YEARS = range(1800, 2201)  # of dates and instants of records


class Text(CharField[Any]):
    """A string ordered by code point on every database and locale.

    PostgreSQL would otherwise sort by the server's locale, so that cursors and indexes would
    depend on the machine.
    """

    class _db_postgres:  # noqa: N801 - the name is Tortoise's
        def __init__(self, field: "Text") -> None:
            self.field = field

        @property
        def SQL_TYPE(self) -> str:  # noqa: N802 - the name is Tortoise's
            return f'VARCHAR({self.field.max_length}) COLLATE "C"'


class Uuid(UUIDField[Any]):
    """A UUID in 16 bytes; SQLite has no type for it, and 36 characters would need large indexes."""

    class _db_sqlite:  # noqa: N801 - the name is Tortoise's
        SQL_TYPE = "BLOB"

    def to_db_value(self, value: Any, instance: Any) -> Any:
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

    def to_db_value(self, value: Any, instance: Any) -> int | None:
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
