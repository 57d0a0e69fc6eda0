"""Errors of documents and variables: their place, and what is allowed there."""

from typing import Any

import pytest
from graphql import GraphQLError, build_schema, parse, validate
from graphql.execution.values import get_variable_values

from erikti.errors import ScalarError
from schema.engine.error_places import of_document, of_variables

GRAPH = build_schema("""
  enum Kind { A B }
  input Filter { kind: Kind, and: [Filter!], year: Int }
  input By @oneOf { year: Int, kind: Kind }
  scalar Day
  directive @oneOf on INPUT_OBJECT
  type Query { by(by: By!): String day(on: [Day]): String one(filter: Filter, kinds: [Kind!], year: Int!): Query text: String other: Query }
""")
KINDS = ["A", "B"]


def _day(value: Any) -> Any:
    raise ScalarError(f"{value!r} is no day")


DAY: Any = GRAPH.type_map["Day"]
DAY.coerce_input_value = _day
BOTH = ["year", "kind"]
MEMBERS = ["kind", "and", "year"]


def document_errors(text: str) -> list[GraphQLError]:
    node = parse(text)
    return of_document(validate(GRAPH, node, hide_suggestions=True), node, GRAPH)


DOCUMENTS: dict[str, tuple[str, list[str] | None, dict[str, Any]]] = {
    "a field": ("{ other { x: nope } }", ["other", "x"], {}),
    "an argument": ("{ one(year: 1, nope: 2) { text } }", ["one"], {"argument": "nope"}),
    "a missing argument": ("{ other { one { text } } }", ["other", "one"], {}),
    "an enum": (
        "{ a: one(year: 1, filter: { kind: C }) { text } }",
        ["a"],
        {"argument": "filter.kind", "allowed": KINDS},
    ),
    "an enum as a string": (
        '{ one(year: 1, filter: { kind: "A" }) { text } }',
        ["one"],
        {"argument": "filter.kind", "allowed": KINDS},
    ),
    "an item": (
        "{ one(year: 1, kinds: [A, C]) { text } }",
        ["one"],
        {"argument": "kinds.1", "allowed": KINDS},
    ),
    "a nested value": (
        '{ one(year: 1, filter: { and: [{ and: [{ year: "x" }] }] }) { text } }',
        ["one"],
        {"argument": "filter.and.0.and.0.year"},
    ),
    "a member": (
        "{ one(year: 1, filter: { and: [{ nope: 1 }] }) { text } }",
        ["one"],
        {"argument": "filter.and.0.nope", "allowed": MEMBERS},
    ),
    "two of one": ("{ by(by: { year: 1, kind: A }) }", ["by"], {"argument": "by", "allowed": BOTH}),
    "a scalar": ('{ day(on: ["x"]) }', ["day"], {"argument": "on.0"}),
    "null": ("{ one(year: null) { text } }", ["one"], {"argument": "year"}),
    "a directive": ("{ text @skip(if: 3) }", ["text"], {"argument": "if"}),
    "an undefined variable": ("{ one(year: $y) { text } }", ["one"], {"argument": "year"}),
    "a fragment": (
        "{ other { ...f ...f } } fragment f on Query { other { one(year: A) { text } } }",
        ["other", "other", "one"],
        {"argument": "year"},
    ),
    "an unused variable": ("query ($y: Int) { text }", None, {}),
    "an unused fragment": ("{ text } fragment f on Query { text }", None, {}),
    "a cycle": ("{ ...f } fragment f on Query { ...f }", None, {}),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_an_error_of_a_document_has_its_place(case: str) -> None:
    text, path, extensions = DOCUMENTS[case]
    error, *_ = document_errors(text)
    assert (error.path, error.extensions) == (path, extensions)
    assert error.locations
    assert "None" not in error.message


def test_a_scalar_speaks_for_itself() -> None:
    (literal,) = document_errors('{ day(on: ["2026-02-30"]) }')
    assert literal.message == "'2026-02-30' is no day."
    operation: Any = parse("query ($v: [Day]) { text }").definitions[0]
    given: Any = get_variable_values(GRAPH, operation.variable_definitions, {"v": ["x'; found: y"]})
    (variable,) = of_variables(given, GRAPH)
    words = "Variable '$v' has invalid value at [0]: "
    assert variable.message.startswith(words)
    assert variable.message.endswith(".")
    assert "encountered" not in variable.message


def test_a_valid_document_has_no_errors() -> None:
    assert document_errors("{ text }") == []


VARIABLES: dict[str, tuple[str, Any, dict[str, Any], str]] = {
    "an enum": ("Kind", "C", {"variable": "v", "allowed": KINDS}, "does not exist"),
    "a member's value": (
        "Filter",
        {"and": [{"kind": "A"}, {"kind": "C"}]},
        {"variable": "v.and.1.kind", "allowed": KINDS},
        "at .and[1].kind: Value 'C' does not exist in 'Kind' enum.",
    ),
    "an unknown member": (
        "Filter",
        {"and": [{"nope": True}]},
        {"variable": "v.and.0", "allowed": MEMBERS},
        "unknown field 'nope'.",
    ),
    "null": ("Int!", None, {"variable": "v"}, "not to be null."),
    "nothing": ("Int!", ..., {"variable": "v"}, "to be provided."),
    "a boolean": ("Int", True, {"variable": "v"}, "non-integer value: true"),
    "a text": ("Int", "x", {"variable": "v"}, "non-integer value: 'x'"),
}


@pytest.mark.parametrize("case", VARIABLES)
def test_an_error_of_a_variable_has_its_place(case: str) -> None:
    type_, value, extensions, words = VARIABLES[case]
    operation: Any = parse(f"query ($v: {type_}) {{ text }}").definitions[0]
    given = {} if value is ... else {"v": value}
    made: Any = get_variable_values(GRAPH, operation.variable_definitions, given)
    (error,) = of_variables(made, GRAPH)
    assert error.extensions == extensions
    assert error.message.startswith("Variable '$v' has invalid value")
    assert words in error.message
    assert error.locations


def test_other_errors_stay() -> None:
    (error,) = of_variables([GraphQLError("another text")], GRAPH)
    assert (error.message, error.extensions) == ("another text", {})
