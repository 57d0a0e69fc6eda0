"""The arguments of ``@defer`` and ``@stream``, checked before an operation begins.

The same document is rejected alike for a response in parts and in one piece.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    DirectiveNode,
    OperationDefinitionNode,
    ValueNode,
    VariableNode,
    value_from_ast_untyped,
)

from erikti.errors import BadUserInputError
from erikti.guard.measures import fragments_of
from schema.engine.incremental import NAMES, is_incremental
from schema.engine.parsed_documents import Document
from schema.engine.response_paths import Path, selections_with_paths

EXPECTED = {
    "if": "give true or false, or leave it out",
    "initialCount": "give the number of items in the first part, 0 or more",
}


@dataclass(frozen=True)
class Given:
    """An argument of a directive: its value, and the path of its field in the response."""

    path: Path
    directive: DirectiveNode
    argument: str
    value: ValueNode

    def is_valid(self, variables: Mapping[str, object]) -> bool:
        """Whether its value is one that the directive takes; others fail as their type says."""
        if not isinstance(self.value, VariableNode):
            found = value_from_ast_untyped(self.value)
        elif self.value.name.value in variables:
            found = variables[self.value.name.value]
        else:  # the directive has a default
            return True
        return found is not None and not (isinstance(found, int | float) and found < 0)


def check_delivery(
    document: Document, name: str | None, variables: Mapping[str, object] | None
) -> None:
    """Raise BadUserInputError, with a path, for an argument that cannot be used."""
    operation = document.operation(name)
    if operation is None or not is_incremental(document):
        return
    key = (check_delivery, name)
    if key not in document.notes:
        document.notes[key] = tuple(_given(document, operation))
    values = _defaults(operation) | dict(variables or {})
    for given in document.notes[key]:
        if not given.is_valid(values):
            error = BadUserInputError(
                given.argument, EXPECTED[given.argument], nodes=[given.directive]
            )
            error.path = list(given.path) or None
            raise error


def _defaults(operation: OperationDefinitionNode) -> dict[str, object]:
    declared = operation.variable_definitions or ()
    return {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in declared
        if variable.default_value
    }


def _given(document: Document, operation: OperationDefinitionNode) -> Iterator[Given]:
    """Yield the arguments of an operation; those of a fragment at its first spread."""
    assert document.node is not None
    fragments = dict(fragments_of(document.node.definitions))
    for selection, path in selections_with_paths(operation.selection_set, fragments):
        yield from _of(selection.directives or (), path)


def _of(directives: Sequence[DirectiveNode], path: Path) -> Iterator[Given]:
    for directive in directives:
        if directive.name.value in NAMES:
            for argument in directive.arguments or ():
                if argument.name.value in EXPECTED:
                    yield Given(path, directive, argument.name.value, argument.value)
