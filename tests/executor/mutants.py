"""Executors with one fault each, which the comparison must detect."""

from typing import Any

from graphql import ExecutionResult, is_abstract_type
from graphql.execution import Executor
from graphql.execution.executor_throwing_on_incremental import ExecutorThrowingOnIncremental


class KeysInAnotherOrder(ExecutorThrowingOnIncremental):
    """Returns the root keys in reverse order."""

    def build_response(self, data: dict[str, Any] | None) -> Any:
        turned = dict(reversed(data.items())) if data else data
        return super().build_response(turned)


class LastErrorForgotten(ExecutorThrowingOnIncremental):
    """Omits one error."""

    def build_response(self, data: dict[str, Any] | None) -> Any:
        result = super().build_response(data)
        assert isinstance(result, ExecutionResult)
        return ExecutionResult(result.data, (result.errors or [])[:-1] or None)


class ErrorsTwice(ExecutorThrowingOnIncremental):
    """Reports each error twice."""

    def build_response(self, data: dict[str, Any] | None) -> Any:
        result = super().build_response(data)
        assert isinstance(result, ExecutionResult)
        return ExecutionResult(result.data, (result.errors or []) * 2 or None)


class NullsNotPropagated(ExecutorThrowingOnIncremental):
    """Leaves null at non-null positions."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.error_propagation = False


class FirstPlaceOnly(ExecutorThrowingOnIncremental):
    """Locates an error only at the first of the merged fields."""

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        super().handle_field_error(raw_error, return_type, field_details_list[:1], path)


class AnotherPath(ExecutorThrowingOnIncremental):
    """Reports errors of list items at the list."""

    def handle_field_error(
        self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any
    ) -> None:
        place = path.prev if isinstance(path.key, int) else path
        super().handle_field_error(raw_error, return_type, field_details_list, place)


class AnyTypeWillDo(ExecutorThrowingOnIncremental):
    """Accepts any claimed type for objects of abstract types."""

    def ensure_valid_runtime_type(
        self, runtime_type_name: Any, return_type: Any, *rest: Any
    ) -> Any:
        assert is_abstract_type(return_type)
        found = self.schema.get_type(str(runtime_type_name))
        return found if hasattr(found, "fields") else self.schema.query_type


class Together(ExecutorThrowingOnIncremental):
    """Executes the fields of a mutation concurrently."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        return super().execute_operation(serially=False)


MUTANTS: list[type[Executor[Any]]] = [
    KeysInAnotherOrder,
    LastErrorForgotten,
    ErrorsTwice,
    NullsNotPropagated,
    FirstPlaceOnly,
    AnotherPath,
    AnyTypeWillDo,
]

# Faults that show only with awaitables.
WAITING_MUTANTS = [*MUTANTS, Together]
