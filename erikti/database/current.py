"""The database of the running task, set by its application, inherited by the context."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erikti.database.connection import Database

database: ContextVar["Database"] = ContextVar("database")
