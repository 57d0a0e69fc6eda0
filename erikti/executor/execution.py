"""The breadth-first executor, which executes an operation level by level."""

from collections.abc import Awaitable, Sequence
from time import perf_counter
from typing import Any

from graphql import GraphQLError, OperationType
from graphql.error import located_error
from graphql.execution.executor import SELECTIONS_NESTED_TOO_DEEPLY, default_field_resolver
from graphql.execution.incremental import IncrementalExecutor

from erikti.executor.batch_resolvers import Parents, one_each, outcomes
from erikti.executor.completion import Completion, Waiting
from erikti.executor.plans import FieldPlan, Plan, Plans, ScopePlan
from erikti.executor.runs import Failure, Run, ends_all, nulled


class BreadthFirstExecutor(IncrementalExecutor):
    """Executes each field of an operation once for all objects of its level.

    Pass it to graphql-core as ``executor_class`` or, with Strawberry's own executor as the
    second base, to a Strawberry schema as ``execution_context_class``. The result is the
    same as graphql-core's. Incremental delivery, middleware, arguments of fragments and
    abort signals are delegated to graphql-core. ``plans`` is the cache of compiled operations,
    shared by all executors unless a subclass sets its own.
    """

    plans = Plans()

    def begin(self, plan: Plan) -> None:
        """Hook that is called with the plan before an operation is executed."""

    def reached(self, objects: int, cost: int) -> None:
        """Hook that is called before each level, with the number of objects so far.

        ``cost`` is this number plus the weights that fields declare. Raising ends the operation.
        """

    def pause(self, since: float) -> Awaitable[Any] | None:
        """Hook that is called between the completion of fields.

        ``since`` is a time of ``time.perf_counter``. If it returns an awaitable, this is awaited
        first, so that the event loop can do other work.
        """
        return None

    def execute_operation(self, serially: bool | None = None) -> Any:
        """Execute the operation; the result is awaitable if any value was."""
        plan = self._plan()
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

    def _plan(self) -> Plan | None:
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

    def result(self) -> Any:
        """Return the response, or an awaitable of it."""
        steps = self._steps()
        try:
            waiting = next(steps)
        except StopIteration:
            return self._response()
        if self._is_over(waiting):
            return self._response()
        return self._finish(steps, waiting)

    async def _finish(self, steps: Waiting, waiting: Sequence[Awaitable[Any]]) -> Any:
        try:
            while not self._is_over(waiting):
                waiting = steps.send(await outcomes(waiting))
            return self._response()
        except StopIteration:
            return self._response()

    def _is_over(self, waiting: Sequence[Awaitable[Any]]) -> bool:
        """Return whether the whole operation is already null, so that nothing needs awaiting."""
        executor = self.executor
        if not executor.error_propagation or not any(map(ends_all, self.completion.failures)):
            return False
        executor.settle_in_background(list(waiting))
        self._propagate()
        return True

    def _response(self) -> Any:
        executor = self.executor
        response = executor.build_response(None if self.nulled else self.root.outputs[0])
        # Break the reference cycle of the executor and its helpers: otherwise all data of an
        # operation would stay in memory until the next garbage collection.
        del executor.async_helpers
        return response

    def _steps(self) -> Waiting:
        """Execute the levels of the operation; with serial fields, one field at a time."""
        if not self.serially:
            self.completion.begin(self.root)
            yield from self._levels(self.completion.reached())
            self._propagate()
            return
        self.root.outputs = self.root.plan.blank(1)
        for field in self.root.plan.all_fields:
            yield from self._levels([(self.root, [field])])
            self._propagate()
            if self.nulled:
                return

    def _levels(self, level: list[tuple[Run, list[FieldPlan]]]) -> Waiting:
        while level:
            rest: list[Waiting] = []
            waiting = []
            for run, fields in level:
                for field in fields:
                    values = self._values(run, field)
                    if type(values) is not list and self.executor.is_awaitable(values):
                        waiting.append((run, field, values))
                    else:
                        self._complete(run, field, values, rest)
            if rest:
                rest += [self._awaited(*work) for work in waiting]
            elif waiting:
                found = yield [values for _, _, values in waiting]
                since = perf_counter()
                for (run, field, _), values in zip(waiting, found, strict=True):
                    self._complete(run, field, values, rest)
                    # Not while fields are resolved, or loaders would split their batches.
                    if (pause := self.executor.pause(since)) is not None:
                        yield [pause]
                        since = perf_counter()
            if rest:
                yield from interleave(rest)
            level = self.completion.reached()
            self.executor.reached(self.completion.objects, self.completion.cost)

    def _complete(self, run: Run, field: FieldPlan, values: Any, rest: list[Waiting]) -> None:
        """Complete ordinary values at once and append the others to ``rest``."""
        if field.batch is not None:
            values = one_each(values, len(run.objects), field.name)
        if not self.completion.at_once(run, field, values):
            rest.append(self.completion.field(run, field, values))

    def _awaited(self, run: Run, field: FieldPlan, values: Awaitable[Any]) -> Waiting:
        (found,) = yield [values]
        found = one_each(found, len(run.objects), field.name)
        yield from self.completion.field(run, field, found)

    def _values(self, run: Run, field: FieldPlan) -> Any:
        """Return the results of the field's resolver for the objects of a run, or exceptions."""
        executor = self.executor
        try:
            arguments = field.arguments.values(executor)
        except Exception as error:
            return [error] * len(run.objects)
        if field.batch is not None:
            return self._batch(run, field, arguments)
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

    def _batch(self, run: Run, field: FieldPlan, arguments: dict[str, Any]) -> Any:
        definition = field.definition
        info = self.executor.build_resolve_info(definition, field.nodes, run.plan.type, field.path)
        names = field.arguments.names
        try:
            if not arguments:
                return field.batch(run.objects, info)  # type: ignore[misc]
            if names is not None:
                # Lists are copied: a resolver may modify one that another field gets too.
                named = {
                    names.get(name, name): list(value) if type(value) is list else value
                    for name, value in arguments.items()
                }
                return field.batch(run.objects, info, **named)  # type: ignore[misc]
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


def interleave(work: Sequence[Waiting]) -> Waiting:
    """Run generators side by side, awaiting together what each of them awaits."""
    active: list[tuple[Waiting, Sequence[Awaitable[Any]]]] = []
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
    steps: Waiting,
    found: list[Any] | None,
    active: list[tuple[Waiting, Sequence[Awaitable[Any]]]],
) -> None:
    try:
        waiting = next(steps) if found is None else steps.send(found)
    except StopIteration:
        return
    active.append((steps, waiting))
