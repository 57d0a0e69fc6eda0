"""The database of the running task: opened by its application, handed down by its context."""

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from erikti.database.connection import Database

database: ContextVar["Database"] = ContextVar("database")
