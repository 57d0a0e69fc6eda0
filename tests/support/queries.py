"""Operations on the schema for tests, and the statements that they run."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from erikti.auth.principal import Principal
from erikti.auth.scopes import Scope
from erikti.guard.limits import Limits
from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders.suppression import THRESHOLD
from schema import schema
from schema.engine.engine import Engine
from tests.support.both_ways import BothWays, one_way

KEY = b"a key that only tests use"
READING = (
    Scope.VOLUNTEERS_READ,
    Scope.CIS_FORUM_READ,
    Scope.UN_PLACEMENTS_READ,
    Scope.AWARDS_READ,
)
ANALYST = Principal("tests", "tests", scopes=frozenset(READING), country="KZ")
REGISTRAR = replace(ANALYST, scopes=frozenset(Scope) - {Scope.BULK_READ})
AS_REGISTRAR: dict[str, Any] = {"caller": REGISTRAR, "purpose": "REGISTRATION"}
LOGGER = logging.getLogger("erikti.sql")
# The usual limits, with time for operations that other tests on the machine slow down.
PATIENT = replace(Limits(), query_seconds=60)
_engines: list[Engine] = [BothWays(schema, PATIENT)]


def engine() -> Engine:
    """What runs the operations of tests, both ways.

    They are within the usual limits, apart from time, unless these are ``limited``.
    """
    return _engines[-1]


@contextmanager
def limited(limits: Limits) -> Iterator[Engine]:
    """A time in which the operations of tests have other limits."""
    _engines.append(BothWays(schema, limits))
    try:
        yield _engines[-1]
    finally:
        _engines.pop()


def is_query(text: str) -> bool:
    """Whether an example has one response, and is not a subscription."""
    return "\nsubscription " not in text


async def execute(
    query: str,
    language: Language = Language.KK,
    caller: Principal = ANALYST,
    purpose: str | None = None,
    threshold: int = THRESHOLD,
    **variables: Any,
) -> Any:
    """The result of an operation: ``data`` and ``errors``."""
    found = engine()
    context = Context(language, KEY, caller, found.limits, purpose=purpose, threshold=threshold)
    return await found.execute(query, variable_values=variables, context_value=context)


async def ask(query: str, **variables: Any) -> dict[str, Any]:
    """The data of an operation that must succeed."""
    result = await execute(query, **variables)
    assert result.errors is None, result.errors
    data: dict[str, Any] = result.data
    return data


async def refuse(query: str, **variables: Any) -> dict[str, Any]:
    """The one error of an operation that must fail, as a caller sees it."""
    result = await execute(query, **variables)
    assert result.errors is not None
    assert len(result.errors) == 1, result.errors
    error: dict[str, Any] = result.errors[0].formatted
    return error


class _Statements(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that the databases' drivers are given meanwhile."""
    handler = _Statements()
    level, propagate = LOGGER.level, LOGGER.propagate
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.propagate = False
    try:
        with one_way():
            yield handler.texts
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(level)
        LOGGER.propagate = propagate
