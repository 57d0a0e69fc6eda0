"""The fields that an operation requests of each type, compared with handwritten lists."""

from typing import Any

import pytest
from graphql import (
    FragmentDefinitionNode,
    OperationDefinitionNode,
    build_schema,
    get_variable_values,
    parse,
)

from erikti.executor import collect_requested_fields

SCHEMA = build_schema("""
type Query { thing: Thing named: Named either: Either count: Int }
interface Named { name: String friend: Named }
type Thing implements Named { name: String friend: Named inner: Inner number: Int }
type Other implements Named { name: String friend: Named text: String }
type Inner { a: Int b: Int thing: Thing }
union Either = Other | Inner
""")
ABOUT = "query ($yes: Boolean = true, $no: Boolean = false)"
Expected = dict[str, set[str]]
# Without variables nothing is excluded, so conditions are tested with them.
CASES: dict[str, tuple[str, Expected]] = {
    "leaves": ("{ count }", {"Query": {"count"}}),
    "the name of the type, which every type has": (
        "{ count __typename thing { __typename } }",
        {"Query": {"count", "__typename", "thing"}, "Thing": {"__typename"}},
    ),
    "objects in objects": (
        "{ thing { inner { a thing { number } } } }",
        {"Query": {"thing"}, "Thing": {"inner", "number"}, "Inner": {"a", "thing"}},
    ),
    "the same twice": (
        "{ thing { name } thing { number } x: thing { inner { a } } }",
        {"Query": {"thing"}, "Thing": {"name", "number", "inner"}, "Inner": {"a"}},
    ),
    "an interface": (
        "{ named { name } }",
        {"Query": {"named"}, "Thing": {"name"}, "Other": {"name"}},
    ),
    "one type of an interface": (
        "{ named { name ... on Other { text } ... on Thing { inner { b } } } }",
        {
            "Query": {"named"},
            "Thing": {"name", "inner"},
            "Other": {"name", "text"},
            "Inner": {"b"},
        },
    ),
    "an interface in an interface": (
        "{ named { ... on Other { friend { name } } } }",
        {"Query": {"named"}, "Other": {"friend", "name"}, "Thing": {"name"}},
    ),
    "a type in a type": (
        "{ thing { ... on Named { ... on Thing { number } ... on Other { text } } } }",
        {"Query": {"thing"}, "Thing": {"number"}},
    ),
    "a union": (
        "{ either { ... on Inner { a } ... on Named { name } __typename } }",
        {"Query": {"either"}, "Inner": {"a", "__typename"}, "Other": {"name", "__typename"}},
    ),
    "a fragment on no type": (
        "{ thing { ... { name ... @include(if: true) { number } } } }",
        {"Query": {"thing"}, "Thing": {"name", "number"}},
    ),
    "a fragment by name": (
        "{ thing { ...F } named { ...F ...G } } "
        "fragment F on Thing { number } fragment G on Named { name }",
        {"Query": {"thing", "named"}, "Thing": {"number", "name"}, "Other": {"name"}},
    ),
    "a fragment on an interface within a type": (
        "{ thing { ...G } } fragment G on Named { name friend { name } }",
        {"Query": {"thing"}, "Thing": {"name", "friend"}, "Other": {"name"}},
    ),
    "what is skipped": (
        ABOUT + "{ count @skip(if: $yes) thing @skip(if: $no) { name } }",
        {"Query": {"thing"}, "Thing": {"name"}},
    ),
    "what is not included": (
        ABOUT + "{ count @include(if: $no) thing @include(if: $yes) { name } }",
        {"Query": {"thing"}, "Thing": {"name"}},
    ),
    "both conditions": (
        ABOUT + "{ a: count @skip(if: $no) @include(if: $no) either @skip(if: $yes)"
        " @include(if: $yes) { __typename } thing @skip(if: $no) @include(if: $yes) { name } }",
        {"Query": {"thing"}, "Thing": {"name"}},
    ),
    "conditions of constants": (
        "{ count @skip(if: true) thing @include(if: true) { name @skip(if: false) } }",
        {"Query": {"thing"}, "Thing": {"name"}},
    ),
    "conditions of fragments": (
        ABOUT + "{ thing { ... @skip(if: $yes) { name } ...F @include(if: $no) number } } "
        "fragment F on Thing { inner { a } }",
        {"Query": {"thing"}, "Thing": {"number"}},
    ),
    "what is left out first and what comes after it": (
        ABOUT + "{ count @skip(if: $yes) thing { name @include(if: $no) number } }",
        {"Query": {"thing"}, "Thing": {"number"}},
    ),
}


def requested_fields(text: str, conditions: bool = True) -> dict[str, set[str]]:
    """Return the fields that a document requests."""
    definitions = parse(text).definitions
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = (d for d in definitions if isinstance(d, OperationDefinitionNode))
    variables: Any = None
    if conditions:
        variables = get_variable_values(SCHEMA, operation.variable_definitions or (), {})
    found = collect_requested_fields(SCHEMA, fragments, operation, variables)
    return {name: set(fields) for name, fields in found.items()}


@pytest.mark.parametrize("name", CASES)
def test_the_requested_fields_of_each_type_are_those_of_the_document(name: str) -> None:
    text, expected = CASES[name]
    assert requested_fields(text) == expected


def test_without_variables_nothing_is_left_out() -> None:
    text = ABOUT + "{ count @skip(if: $yes) thing @include(if: $no) { name @skip(if: true) } }"
    assert requested_fields(text, conditions=False) == {
        "Query": {"count", "thing"},
        "Thing": {"name"},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ count missing { name } thing { absent number } }", {"count", "thing"}),
        ("{ count ...Missing thing { ...Missing number } }", {"count", "thing"}),
        ("{ count ... on Missing { name } thing { ... on Missing { name } number } }", None),
        ("{ count thing { number { more } } }", None),
    ],
)
def test_unknown_fields_and_fragments_request_nothing(text: str, expected: set[str] | None) -> None:
    assert requested_fields(text) == {"Query": expected or {"count", "thing"}, "Thing": {"number"}}


@pytest.mark.parametrize("text", ["mutation { change }", "subscription { news }"])
def test_an_operation_without_a_root_type_requests_nothing(text: str) -> None:
    assert requested_fields(text) == {}


def test_fragments_within_fragments_are_walked_once_for_each_set_of_types() -> None:
    """One walk per path would take time exponential in the depth."""
    depth = 60
    fragments = " ".join(
        f"fragment F{n} on Thing {{ ...F{n + 1} ...F{n + 1} }}" for n in range(depth)
    )
    text = f"{{ thing {{ ...F0 }} }} {fragments} fragment F{depth} on Thing {{ number }}"
    assert requested_fields(text) == {"Query": {"thing"}, "Thing": {"number"}}
