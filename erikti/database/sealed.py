"""Columns with sealed values: the field, and the keyring of the running task."""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from tortoise.fields import TextField

from erikti.database.current import database
from erikti.database.rows import Row
from erikti.sealing import Keyring, NotSealedError, SealingError, is_sealed

_used: ContextVar[Keyring] = ContextVar("keyring")


def use(keyring: Keyring) -> None:
    """Use this keyring from now on, in this task and those that it starts.

    A database that was opened with its own keyring uses that instead.
    """
    _used.set(keyring)


def keyring() -> Keyring:
    """Return the keyring of the current database, or else the one in use; raises SealingError."""
    current = database.get(None)
    if current is not None and current.keyring is not None:
        return current.keyring
    try:
        return _used.get()
    except LookupError:
        raise SealingError("no keys are in use: open the database with a keyring") from None


class Sealed(TextField):
    """A text that the database holds sealed, bound to its column and its record.

    The field accepts only sealed text, so that nothing is stored unsealed: callers use ``seal``
    and ``unseal`` with the record's id.
    """

    def seal(self, owner: Any, value: str) -> str:
        """Return the stored form of a value of the record ``owner`` (id as bytes or UUID)."""
        return keyring().seal(self._place(owner), value)

    def unseal(self, owner: Any, stored: str) -> str:
        """Return the value of a record; raises SealingError, which does not hold the value."""
        try:
            return keyring().unseal(self._place(owner), stored)
        except SealingError as error:
            column = f"{self.model._meta.db_table}.{self.model_field_name}"
            raise type(error)(f"{column}: {error}") from None

    def unsealing(self, position: int, key: int) -> Callable[[Row], str | None]:
        """Return the function that reads this column from a row; ``key`` is the index of the id."""

        def value(row: Sequence[Any]) -> str | None:
            stored = row[position]
            return None if stored is None else self.unseal(row[key], stored)

        return value

    def to_db_value(self, value: Any, instance: Any) -> Any:
        """Return sealed text unchanged; raises NotSealedError for any other."""
        if value is not None and not is_sealed(value):
            raise NotSealedError(f"{self.model_field_name} must be sealed before it is stored")
        return value

    def _place(self, owner: Any) -> bytes:
        id_ = owner.bytes if isinstance(owner, UUID) else owner
        return f"{self.model._meta.db_table}.{self.model_field_name}\0".encode() + bytes(id_)
