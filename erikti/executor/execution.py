"""The breadth-first executor, which executes an operation level by level."""

import dataclasses
from collections.abc import Awaitable, Mapping, Sequence
from time import perf_counter

from graphql import ExecutionResult, GraphQLError, OperationType
from graphql.error import located_error
from graphql.execution.executor import SELECTIONS_NESTED_TOO_DEEPLY, default_field_resolver
from graphql.execution.incremental import IncrementalExecutor
from graphql.execution.types import ExperimentalIncrementalExecutionResults
from graphql.pyutils import AwaitableOrValue

from erikti.executor.batch_resolvers import BatchResolver, Parents, one_each, outcomes
from erikti.executor.completion import Completion, Waiting
from erikti.executor.plans import FieldPlan, Plan, Plans, ScopePlan
from erikti.executor.runs import Failure, Run, ends_all, nulled

Response = ExecutionResult | ExperimentalIncrementalExecutionResults


@dataclasses.dataclass(frozen=True)
class Given:
    """Completed values of fields of the root by response key, or their errors.

    ``objects`` is the number of objects in them, ``cost`` this number plus their weights.
    """

    values: Mapping[str, object] = dataclasses.field(default_factory=dict)
    objects: int = 0
    cost: int = 0

    @property
    def failed(self) -> bool:
        """Whether there is an error among the values."""
        return any(isinstance(value, Exception) for value in self.values.values())


NOTHING_GIVEN = Given()


class BreadthFirstExecutor(IncrementalExecutor):
    """Executes each field of an operation once for all objects of its level.

    Pass it to graphql-core as ``executor_class`` or, with Strawberry's own executor as the
    second base, to a Strawberry schema as ``execution_context_class``. The result is the
    same as graphql-core's. Incremental delivery, middleware, arguments of fragments and
    abort signals are delegated to graphql-core. ``plans`` is the cache of compiled operations,
    shared by all executors unless a subclass sets its own. ``given`` are the values of fields of
    the root that were completed elsewhere.
    """

    plans = Plans()
    given = NOTHING_GIVEN

    def begin(self, plan: Plan) -> None:
        """Hook that is called with the plan before an operation is executed."""

    def reached(self, objects: int, cost: int) -> None:
        """Hook that is called before each level, with the number of objects so far.

        ``cost`` is this number plus the weights that fields declare. Raising ends the operation.
        """

    def pause(self, since: float) -> Awaitable[object] | None:
        """Hook that is called between the completion of fields.

        ``since`` is a time of ``time.perf_counter``. If it returns an awaitable, this is awaited
        first, so that the event loop can do other work.
        """
        return None

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Response]:
        """Execute the operation; the result is awaitable if any value was."""
        plan = self.plan()
        if plan is None:
            return super().execute_operation(serially)
        try:
            root = Run(self._root(plan), [self.root_value])
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return self.build_response(None)
        self.begin(plan)
        if serially is None:
            serially = self.operation.operation == OperationType.MUTATION
        return Execution(self, root, serially).result()

    def plan(self) -> Plan | None:
        """Return the operation's plan, or None to delegate to graphql-core."""
        if (
            self.abort_signal is not None
            or self.schema.get_root_type(self.operation.operation) is None
        ):
            return None
        if self.middleware_manager and self.middleware_manager.middlewares:
            return None
        attributes = self.field_resolver is default_field_resolver
        return self.plans.find(
            self.schema, self.operation, self.fragments, self.variable_values, attributes
        )

    def _root(self, plan: Plan) -> ScopePlan:
        try:
            return plan.root
        except RecursionError:
            pass
        # Outside of the block above, which would keep the frames of the recursion alive.
        raise GraphQLError(SELECTIONS_NESTED_TOO_DEEPLY, self.operation)


class Execution:
    """One execution of an operation from its root."""

    def __init__(self, executor: BreadthFirstExecutor, root: Run, serially: bool) -> None:
        self.executor = executor
        self.root = root
        self.serially = serially
        self.completion = Completion(executor)
        self.nulled = False

    def result(self) -> AwaitableOrValue[Response]:
        """Return the response, or an awaitable of it."""
        steps = self._steps()
        try:
            waiting = next(steps)
        except StopIteration:
            return self._response()
        if self._is_over(waiting):
            return self._response()
        return self._finish(steps, waiting)

    async def _finish(self, steps: Waiting[None], waiting: Sequence[Awaitable[object]]) -> Response:
        try:
            while not self._is_over(waiting):
                waiting = steps.send(await outcomes(waiting))
            return self._response()
        except StopIteration:
            return self._response()

    def _is_over(self, waiting: Sequence[Awaitable[object]]) -> bool:
        """Return whether the whole operation is already null, so that nothing needs awaiting."""
        executor = self.executor
        if not executor.error_propagation or not any(map(ends_all, self.completion.failures)):
            return False
        executor.settle_in_background(list(waiting))
        self._propagate()
        return True

    def _response(self) -> Response:
        executor = self.executor
        response = executor.build_response(None if self.nulled else self.root.outputs[0])
        # Break the reference cycle of the executor and its helpers: otherwise all data of an
        # operation would stay in memory until the next garbage collection.
        del executor.async_helpers
        return response

    def _steps(self) -> Waiting[None]:
        """Execute the levels of the operation; with serial fields, one field at a time."""
        if not self.serially:
            self.completion.begin(self.root)
            level = yield from self._without_given(self.completion.reached())
            yield from self._levels(level)
            self._propagate()
            return
        self.root.outputs = self.root.plan.blank(1)
        for field in self.root.plan.all_fields:
            yield from self._levels([(self.root, [field])])
            self._propagate()
            if self.nulled:
                return

    def _without_given(
        self, level: list[tuple[Run, list[FieldPlan]]]
    ) -> Waiting[list[tuple[Run, list[FieldPlan]]]]:
        """Complete the fields of the root that are given, and return the level of the others."""
        given = self.executor.given
        if not given.values:
            return level
        self.completion.objects += given.objects
        self.completion.cost += given.cost
        ((root, fields),) = level
        others = []
        for field in fields:
            if field.key not in given.values:
                others.append(field)
            elif isinstance(value := given.values[field.key], Exception):
                yield from self.completion.field(root, field, [value])
            else:
                root.outputs[0][field.key] = value
        return [(root, others)]

    def _levels(self, level: list[tuple[Run, list[FieldPlan]]]) -> Waiting[None]:
        while level:
            rest: list[Waiting[None]] = []
            waiting = self._started(level, rest)
            if rest:
                rest += [self._awaited(*work) for work in waiting]
            elif waiting:
                found = yield [values for _, _, values in waiting]
                since = perf_counter()
                for (run, field, _), result in zip(waiting, found, strict=True):
                    values = one_each(result, len(run.objects), field.name)
                    self._complete(run, field, values, rest)
                    # Not while fields are resolved, or loaders would split their batches.
                    if (pause := self.executor.pause(since)) is not None:
                        yield [pause]
                        since = perf_counter()
            if rest:
                yield from interleave(rest)
            level = self.completion.reached()
            self.executor.reached(self.completion.objects, self.completion.cost)

    def _started(
        self, level: list[tuple[Run, list[FieldPlan]]], rest: list[Waiting[None]]
    ) -> list[tuple[Run, FieldPlan, Awaitable[object]]]:
        """Call the resolvers of a level, and return the batches that are to be awaited."""
        waiting = []
        for run, fields in level:
            for field in fields:
                if field.batch is None:
                    self._complete(run, field, self._values(run, field), rest)
                    continue
                found = self._batch(run, field, field.batch)
                if type(found) is not list and self.executor.is_awaitable(found):
                    waiting.append((run, field, found))
                else:
                    values = one_each(found, len(run.objects), field.name)
                    self._complete(run, field, values, rest)
        return waiting

    def _complete(
        self, run: Run, field: FieldPlan, values: list[object], rest: list[Waiting[None]]
    ) -> None:
        """Complete ordinary values at once and append the others to ``rest``."""
        if not self.completion.at_once(run, field, values):
            rest.append(self.completion.field(run, field, values))

    def _awaited(self, run: Run, field: FieldPlan, values: Awaitable[object]) -> Waiting[None]:
        (found,) = yield [values]
        yield from self.completion.field(run, field, one_each(found, len(run.objects), field.name))

    def _values(self, run: Run, field: FieldPlan) -> list[object]:
        """Return the results of the field's resolver for the objects of a run, or exceptions."""
        executor = self.executor
        try:
            arguments = field.arguments.values(executor)
        except Exception as error:
            return [error] * len(run.objects)
        definition = field.definition
        resolve = definition.resolve or executor.field_resolver
        values = []
        for n, source in enumerate(run.objects):
            info = executor.build_resolve_info(
                definition, field.nodes, run.plan.type, run.field_path(n, field)
            )
            try:
                values.append(resolve(source, info, **arguments))
            except Exception as error:
                values.append(error)
        return values

    def _batch(self, run: Run, field: FieldPlan, batch: BatchResolver) -> object:
        """Return what the field's batch resolver returns for a run, or its exception."""
        definition = field.definition
        info = self.executor.build_resolve_info(definition, field.nodes, run.plan.type, field.path)
        names = field.arguments.names
        try:
            arguments = field.arguments.values(self.executor)
            if not arguments:
                return batch(run.objects, info)
            if names is not None:
                # Lists are copied: a resolver may modify one that another field gets too.
                named = {
                    names.get(name, name): list(value) if type(value) is list else value
                    for name, value in arguments.items()
                }
                return batch(run.objects, info, **named)
            # The field's own resolver converts the arguments.
            return definition.resolve(Parents(run.objects), info, **arguments)  # type: ignore[misc]
        except Exception as error:
            return error

    def _propagate(self) -> None:
        """Turn failures into errors and nulls, in document order."""
        failures = self.completion.failures
        if not failures:
            return
        executor = self.executor
        for failure in sorted(failures, key=Failure.order):
            error = located_error(failure.error, failure.field.nodes, failure.path().as_list())
            position = nulled(failure, executor.error_propagation)
            executor.collected_errors.add(error, position)
            self.nulled = self.nulled or position is None
        failures.clear()


def interleave(work: Sequence[Waiting[None]]) -> Waiting[None]:
    """Run generators side by side, awaiting together what each of them awaits."""
    active: list[tuple[Waiting[None], Sequence[Awaitable[object]]]] = []
    for steps in work:
        _advance(steps, None, active)
    while active:
        found = yield [awaitable for _, waiting in active for awaitable in waiting]
        before, active, begin = active, [], 0
        for steps, waiting in before:
            end = begin + len(waiting)
            _advance(steps, found[begin:end], active)
            begin = end


def _advance(
    steps: Waiting[None],
    found: list[object] | None,
    active: list[tuple[Waiting[None], Sequence[Awaitable[object]]]],
) -> None:
    try:
        waiting = next(steps) if found is None else steps.send(found)
    except StopIteration:
        return
    active.append((steps, waiting))
