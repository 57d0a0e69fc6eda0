"""The fast path: completes whole columns without awaitables, errors or invalid nulls."""

from itertools import accumulate, chain, pairwise
from types import NoneType
from typing import TypeGuard

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLObjectType,
    GraphQLString,
    GraphQLType,
    Undefined,
    get_nullable_type,
)
from graphql.execution.incremental import IncrementalExecutor

from erikti.executor.plans import FieldPlan, ScopePlan
from erikti.executor.runs import Column, Run

UNCHANGED: dict[GraphQLType, type] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
MAX_KNOWN = 100


class FastPath:
    """Completes ordinary columns and starts the runs of the next level."""

    def __init__(self, executor: IncrementalExecutor) -> None:
        self.executor = executor
        self._reached: list[tuple[Run, list[FieldPlan]]] = []
        self.objects = 0
        self.cost = 0

    def reached(self) -> list[tuple[Run, list[FieldPlan]]]:
        """Return the runs started since the last call, with their fields left to resolve."""
        reached, self._reached = self._reached, []
        return reached

    def begin(self, run: Run) -> None:
        """Read the leaves of a run; if one is not ordinary, leave all of them to resolve."""
        try:
            run.outputs = run.plan.read(run.objects)
            rest = run.plan.fields
        except Exception:
            run.outputs = run.plan.blank(len(run.objects))
            rest = run.plan.all_fields
        self._reached.append((run, rest))
        # The root does not count as an object, but its fields may have weights.
        held = len(run.objects) if run.column is not None else 0
        self.objects += held
        self.cost += held + len(run.objects) * (run.plan.weight - 1)

    def at_once(self, run: Run, field: FieldPlan, values: list[object]) -> bool:
        """Complete ordinary values: no awaitables, errors or invalid nulls.

        Returns False, without any change, if a value is not ordinary.
        """
        if field.leaf_type is not None:
            return self._leaves_at_once(run, field, values)
        if len(field.required) == 1:
            return self._objects_at_once(run, field, values)
        return len(field.required) == 2 and self._lists_at_once(run, field, values)

    def _leaves_at_once(self, run: Run, field: FieldPlan, values: list[object]) -> bool:
        unchanged = UNCHANGED.get(get_nullable_type(field.definition.type))
        if unchanged is None or set(map(type, values)) != {unchanged}:
            assert field.convert is not None
            try:
                values = list(map(field.convert, values))
            except Exception:
                return False
        key = field.key
        for output, value in zip(run.outputs, values, strict=True):
            output[key] = value
        return True

    def _objects_at_once(self, run: Run, field: FieldPlan, values: list[object]) -> bool:
        kinds = set(map(type, values))
        positions = None
        objects = values
        if NoneType in kinds:
            if field.required[0]:
                return False
            kinds.discard(NoneType)
            positions = [n for n, value in enumerate(values) if value is not None]
            if not positions:
                return True  # the outputs are null already
            objects = [values[n] for n in positions]
        below = self._scope(field, kinds, objects[0]) if objects else None
        if below is None:
            return False
        child = Run(below, objects, Column(run, field, values), positions)
        self.begin(child)
        key = field.key
        if positions is None:
            for output, found in zip(run.outputs, child.outputs, strict=True):
                output[key] = found
        else:
            for n, found in zip(positions, child.outputs, strict=True):
                run.outputs[n][key] = found
        return True

    def _lists_at_once(self, run: Run, field: FieldPlan, values: list[object]) -> bool:
        if not _are_lists(values):
            return False
        items = values[0] if len(values) == 1 else list(chain.from_iterable(values))
        outputs: list[dict[str, object]] = []
        starts = list(accumulate(map(len, values), initial=0))
        if items:
            below = self._scope(field, set(map(type, items)), items[0])
            if below is None:
                return False
            outer = Column(run, field, values)
            child = Run(below, items, Column(run, field, items, outer, starts[:-1]))
            self.begin(child)
            outputs = child.outputs
        key = field.key
        for output, (start, end) in zip(run.outputs, pairwise(starts), strict=True):
            output[key] = outputs[start:end]
        return True

    def _scope(self, field: FieldPlan, kinds: set[type], sample: object) -> ScopePlan | None:
        """Return the scope of values of one class, or None if it depends on each value."""
        if len(kinds) != 1:
            return None
        kind = type(sample)
        if kind not in field.known:
            if len(field.known) >= MAX_KNOWN:
                field.known.clear()
            field.known[kind] = self._type_by_class(field, sample)
        type_ = field.known[kind]
        try:
            return None if type_ is None else field.below(type_)
        except GraphQLError:
            return None

    def _type_by_class(self, field: FieldPlan, value: object) -> GraphQLObjectType | None:
        """Return the object type of all values of a class, or None if it depends on each value."""
        executor = self.executor
        if value is None or value is Undefined or isinstance(value, Exception):
            return None
        if executor.is_awaitable(value):
            return None
        info = executor.build_resolve_info(
            field.definition, field.nodes, field.scope.type, field.path
        )
        type_, abstract = field.object_type, field.abstract_type
        try:
            if abstract is not None:
                resolve = abstract.resolve_type
                if resolve is None or not getattr(resolve, "by_class", False):
                    return None
                name = resolve(value, info, abstract)
                type_ = executor.ensure_valid_runtime_type(
                    name, abstract, field.details, info, value
                )
            if type_ is None or type_.is_type_of is None:
                return type_
            check = type_.is_type_of
            return type_ if getattr(check, "by_class", False) and check(value, info) else None
        except Exception:
            return None


def _are_lists(values: list[object]) -> TypeGuard[list[list[object]]]:
    return set(map(type, values)) == {list}
