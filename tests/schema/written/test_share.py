"""Which query operations of this repository the database writes, and why it does not the others."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from graphql import (
    DocumentNode,
    GraphQLObjectType,
    NamedTypeNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    Visitor,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    parse,
    type_from_ast,
    visit,
)
from graphql.execution.values import get_variable_values
from strawberry.relay import to_base64

from erikti.errors import OperationError
from erikti.guard.measures import fragments_of
from models.people import Language
from resolvers.context import Context
from resolvers.global_ids import NODES
from schema.engine.engine import Prepared
from tests.schema.walk import GRAPH
from tests.schema.written.collected import queries
from tests.support.both_ways import again
from tests.support.declared import Question
from tests.support.queries import KEY, REGISTRAR, engine, statements

# The shares of those with valid arguments, which only tests have otherwise: of those that read
# the database, and of all.
LEAST = 0.66
LEAST_OF_ALL = 0.59
INVALID = "invalid"
# Why operations are left to the executor, as docs/written.md lists it: patterns of the reasons.
KINDS = {
    "groups": r"\w+Connection\.groups is not declared",
    "personal data": r"Person\.\w+ is not declared|Query\.personByIin is not declared",
    "statistics": r"Query\.(statistics|registry) is not declared|'NationalStatistics' is no record",
    "the caller or lists of codes": r"Query\.(viewer|codeLists) is not declared",
    "points of several lists": r".* several lists may cost points",
    "unknown type": r"'.*' is no record",
}
NO_DATABASE = "no database"
# Fields of the root that read nothing from the database.
CONSTANT = frozenset({"__typename", "__schema", "__type", "_service", "viewer", "codeLists"})
VALUES = {"Int": 3, "Boolean": True, "Date": "2025-01-01", "String": "аб"}
YEARS = ("y", "year")
KEYS = {"Region": "KZ-10", "Country": "KZ", "SustainableDevelopmentGoal": "1"}
ANY_KEY = str(UUID(int=1))


class Named(Visitor):
    """Collects the types that a document names."""

    def __init__(self) -> None:
        super().__init__()
        self.types: dict[str, None] = {}

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        """Note a type."""
        self.types[node.name.value] = None


def records(document: DocumentNode) -> list[str]:
    """Return the types of records whose keys a document may mean, likely ones first."""
    named = Named()
    visit(document, named)
    return [*(name for name in named.types if name in NODES), *NODES]


def value(type_: Any, record: str) -> Any:
    """Return a value of a variable; keys are those of a type of records."""
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        return [value(inner.of_type, record)]
    if is_enum_type(inner):
        return next(iter(inner.values))
    if is_input_object_type(inner):
        needed = {n: f.type for n, f in inner.fields.items() if is_non_null_type(f.type)}
        return {name: value(needed[name], record) for name in needed}
    id_ = to_base64(record, KEYS.get(record, ANY_KEY))
    special: dict[str, object] = {"ID": id_, "_Any": {"__typename": record, "id": id_}}
    return {**VALUES, **special}.get(inner.name, "x")


def values(text: str, node: OperationDefinitionNode) -> Iterator[dict[str, Any]]:
    """Yield values of an operation's variables: of the required ones, and of all."""
    definitions = node.variable_definitions or ()
    for every in (False, True):
        for record in records(parse(text)):
            yield {
                definition.variable.name.value: _value(definition, record)
                for definition in definitions
                if every or is_required(definition)
            }
            if not definitions:
                return


def is_required(definition: VariableDefinitionNode) -> bool:
    """Return whether a variable must be given."""
    return is_non_null_type(type_from_ast(GRAPH, definition.type)) and not definition.default_value


def _value(definition: VariableDefinitionNode, record: str) -> Any:
    if definition.variable.name.value in YEARS:
        return 2025
    return value(type_from_ast(GRAPH, definition.type), record)


def prepared(text: str, node: OperationDefinitionNode, given: dict[str, Any]) -> Prepared | None:
    """Return an operation with variables; None if it is over a limit or forbidden."""
    context = Context(Language.EN, KEY, REGISTRAR, purpose="REGISTRATION")
    try:
        return engine().prepare(text, given, node.name.value if node.name else None, context)
    except OperationError:
        return None


def reason(found: Prepared, node: OperationDefinitionNode) -> str:
    """Return why the executor may resolve a field of an operation; empty if it may not."""
    definitions = node.variable_definitions or ()
    variables = get_variable_values(GRAPH, definitions, found.variables or {})
    if isinstance(variables, list):
        return INVALID
    assert found.document.node is not None
    fragments = dict(fragments_of(found.document.node.definitions))
    root = GRAPH.query_type
    assert isinstance(root, GraphQLObjectType)
    asked = Question(GRAPH, fragments, variables, again(found.context))
    if asked.names(root, node.selection_set) <= CONSTANT:
        return NO_DATABASE
    reasons = asked.reasons(root, node.selection_set)
    return next(filter(None, reasons.values()), "")


def first_valid(text: str, node: OperationDefinitionNode) -> tuple[Prepared, str] | None:
    """Return an operation with valid arguments if there are any, and its reason."""
    last = None
    for given in values(text, node):
        found = prepared(text, node, given)
        if found is None:
            continue
        why = reason(found, node)
        last = found, why
        if INVALID not in why:
            break
    return last


@pytest.mark.usefixtures("open_nation")
async def test_what_has_no_reason_against_it_is_written_wholly() -> None:
    reasons: Counter[str] = Counter()
    for _, text, node in queries():
        found = first_valid(text, node)
        if found is None:
            continue
        operation, why = found
        written = engine()._written(operation)
        assert (written is not None and written.whole) == (not why), (why, text)
        if why == NO_DATABASE:
            with statements() as made:
                await engine().run(operation)
            assert made == [], text
        reasons[INVALID if INVALID in why else why] += 1
    print(*(f"{number:4} {why or 'written'}" for why, number in reasons.most_common()), sep="\n")
    del reasons[INVALID]
    unknown = reasons.keys() - {"", NO_DATABASE}
    assert [why for why in unknown if not any(re.fullmatch(k, why) for k in KINDS.values())] == []
    share_of_all = reasons[""] / reasons.total()
    del reasons[NO_DATABASE]
    share = reasons[""] / reasons.total()
    print(f"{share:.1%} of those that read the database, {share_of_all:.1%} of all")
    assert share >= LEAST
    assert share_of_all >= LEAST_OF_ALL
