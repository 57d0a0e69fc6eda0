"""An engine for tests that runs each query both ways: written by the database, and executed.

The results must be the same in each byte, and so must be what they cost, what was withheld and
what the access log records. A field of the root that the database has to write must have been
written: that it was resolved after all would prove nothing.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

import orjson
from graphql import ExecutionResult, GraphQLError, GraphQLObjectType
from graphql.execution.values import get_variable_values
from strawberry.types.graphql import OperationType

from erikti.guard.limits import Limits
from erikti.guard.measures import fragments_of
from resolvers.context import Context
from resolvers.global_ids import key_text
from resolvers.personal_ledger import PersonalLedger
from schema.engine.engine import Definition, Engine, Prepared
from schema.engine.written.answers import Written
from schema.engine.written.variables import has_data
from tests.support.declared import Question

# What ends an operation from outside, at another moment each time.
TIMED = frozenset({"TIMEOUT", "UNAVAILABLE"})
_periods: Counter[str] = Counter()


@contextmanager
def one_way() -> Iterator[None]:
    """A time in which operations run once, as in the product: what they do is looked at."""
    _periods["one way"] += 1
    try:
        yield
    finally:
        _periods["one way"] -= 1


@contextmanager
def executed() -> Iterator[None]:
    """A time in which the executor resolves all fields."""
    _periods["executed"] += 1
    try:
        yield
    finally:
        _periods["executed"] -= 1


class BothWays(Engine):
    """An engine whose queries run both ways, and are compared.

    ``taken`` counts fields of the root: those that were written, and the reasons of the others.
    """

    def __init__(self, definition: Definition, limits: Limits | None = None) -> None:
        super().__init__(definition, limits)
        self.taken: Counter[str] = Counter()
        self._other = _Executed(definition, limits)
        self._other.documents = self.documents

    async def run(
        self, prepared: Prepared, root_value: Any = None, failure: Exception | None = None
    ) -> Any:
        """Return the result, that of the written way."""
        context = prepared.context
        guarded = context.pay is not None or context.lookups is not None
        if prepared.type is not OperationType.QUERY or guarded or any(_periods.values()):
            return await super().run(prepared, root_value, failure)
        fresh = again(context)
        result = await super().run(prepared, root_value)
        if TIMED & codes(result):
            return result
        other = await self._other.run(replace(prepared, context=fresh), root_value)
        if TIMED & codes(other):
            return result
        same(prepared, result, other, fresh)
        self._check(prepared, result)
        return result

    def _written(self, prepared: Prepared) -> Written | None:
        return None if _periods["executed"] else super()._written(prepared)

    def _check(self, prepared: Prepared, result: Any) -> None:
        """Fail if a field of the root did not take the way that it has to take."""
        data: Mapping[str, Any] = result.data or {}
        wrong = {str(error.path[0]) for error in result.errors or () if error.path}
        if result.data is None or prepared.context.spent.requested > self.limits.written_cost:
            return
        assert prepared.document.node is not None
        if not has_data(self._schema, prepared.document.node):
            assert self._written(prepared) is None
            return
        reasons, may_be_too_deep = self._reasons(prepared)
        others = {key: reason for key, reason in reasons.items() if data[key] != "Query"}
        if any(reasons.values()) or wrong or not others:  # the executor has the constants
            reasons = others
        for key, reason in reasons.items():
            written = isinstance(data[key], orjson.Fragment)
            if written:
                self.taken["written"] += 1
                assert not reason, (key, reason, prepared.text)
            else:
                self.taken[reason or "an error"] += 1
                expected = reason or wrong or may_be_too_deep
                assert expected, (key, "was resolved", prepared.text, prepared.variables)

    def _reasons(self, prepared: Prepared) -> tuple[dict[str, str], bool]:
        operation = prepared.document.operation(prepared.name)
        assert operation is not None
        definitions = operation.variable_definitions or ()
        variables = get_variable_values(self._schema, definitions, prepared.variables or {})
        assert not isinstance(variables, list)
        root = self._schema.query_type
        assert isinstance(root, GraphQLObjectType)
        assert prepared.document.node is not None
        fragments = dict(fragments_of(prepared.document.node.definitions))
        asked = Question(self._schema, fragments, variables, again(prepared.context))
        selected = operation.selection_set
        return asked.reasons(root, selected), asked.may_be_too_deep(selected)


class _Executed(Engine):
    """An engine whose executor resolves all fields."""

    def _written(self, prepared: Prepared) -> Written | None:
        return None


def again(context: Context) -> Context:
    """Return the context of the same request, in which nothing has happened yet."""
    ledger = PersonalLedger()
    ledger.coordinates = context.ledger.coordinates
    found = replace(context, spent=copy(context.spent), ledger=ledger, conditions={}, deprecated=[])
    found.loaders.scope.spend = context.loaders.scope.spend and found.spend
    found.loaders.scope.policy.today = context.loaders.scope.policy.today
    return found


def codes(result: Any) -> set[str]:
    """Return the codes of the errors of a result."""
    return {str((error.extensions or {}).get("code")) for error in result.errors or ()}


def same(prepared: Prepared, one: Any, other: Any, executed: Context) -> None:
    """Fail if the two ways differ."""
    asked = (prepared.text, prepared.variables)
    assert _bytes(one) == _bytes(other), asked
    if one.data is None:
        return  # the error ended its siblings, sooner or later
    for told, expected in zip(_told(prepared.context), _told(executed), strict=True):
        assert told == expected, (told, expected, asked)


def _bytes(result: ExecutionResult) -> bytes:
    errors = [_comparable(error) for error in result.errors or ()]
    return orjson.dumps({"data": result.data, "errors": errors}, default=str)


def _comparable(error: GraphQLError) -> dict[str, Any]:
    """Return an error without what is made anew for each."""
    found: dict[str, Any] = {**error.formatted}
    found["extensions"] = {k: v for k, v in found["extensions"].items() if k != "correlationId"}
    return found


def _told(context: Context) -> Iterator[tuple[str, Any]]:
    """Yield what is charged, returned beside the data and written to the access log."""
    scope, ledger, spent = context.loaders.scope, context.ledger, context.spent
    yield "points", (spent.requested, spent.actual, spent.conditions, spent.refusal)
    yield "withheld", ledger.withheld
    yield "persons", (ledger.persons, ledger.identifying, set(map(key_text, scope.persons)))
    yield "read", scope.read
