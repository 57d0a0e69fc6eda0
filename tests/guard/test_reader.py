"""Each limit of a document accepts its maximum and rejects one more."""

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
    validate,
)
from graphql.validation import OverlappingFieldsCanBeMergedRule
from hypothesis import event, given, settings
from hypothesis import strategies as st

from erikti.errors import LimitError
from erikti.guard.limits import Limits
from erikti.guard.merging import Merging
from erikti.web.console import examples
from schema import schema
from schema.engine.engine import Engine
from schema.engine.parsed_documents import Documents
from tests.schema.walk import GRAPH

LIMITS = Limits()
ROOM = replace(LIMITS, **dict.fromkeys(("tokens", "merged_fields", "cost", "nodes"), 10**6))
Make = Callable[[int], str]
IDS = '"x" '


def _spread(count: int, what: str) -> str:
    return " ".join(what.replace("N", str(n)) for n in range(count))


def _deep(levels: int) -> str:
    """Return a number of levels of fields, half of them in a fragment."""
    names = ["organisations", "nodes", *["projects", "nodes", "organisation"] * levels][
        : levels - 1
    ]
    text = "id" if names[-1] in ("nodes", "organisation") else "__typename"
    for name in reversed(names[2:]):
        text = f"{name} {{ {text} }}"
    return f"{{ organisations {{ nodes {{ ...f }} }} }} fragment f on Organisation {{ {text} }}"


MADE: dict[str, Make] = {
    "tokens": lambda n: "{ regions { code } }" + " #\n" * (n - 6),
    "depth": _deep,
    "aliases": lambda n: f"{{ regions {{ {_spread(n, 'aN: code')} }} }}",
    "root_fields": lambda n: (
        f"{{ {'...f ' * (n // 2)} {'__typename ' * (n % 2)} }} fragment f on Query {{ a: __typename __typename }}"
    ),
    "directives": lambda n: f"{{ regions {{ {'code @skip(if: true) ' * n} }} }}",
    "fields": lambda n: f"{{ regions {{ {'code ' * (n - 1)} }} }}",
    "input_items": lambda n: (
        f"{{ volunteers(filter: {{ id: {{ in: [{IDS * n}] }} }}) {{ totalCount }} }}"
    ),
    "nesting": lambda n: "{ regions {" + "... {" * (n - 2) + "code" + "}" * n,
    "introspection_depth": lambda n: (
        '{ __type(name: "x") {' + " ofType {" * (n - 1) + " name" + "}" * (n + 1)
    ),
    "cost": lambda n: f"{{ volunteers(first: {n - 1}) {{ nodes {{ id }} }} }}",
    "nodes": lambda n: f"{{ volunteers(first: {n - 1}) {{ nodes {{ id }} }} }}",
    "entities": lambda n: f"{{ _entities(representations: [{'{a: 1} ' * n}]) {{ __typename }} }}",
}


@pytest.mark.parametrize("name", MADE)
def test_a_limit_lets_its_bound_through_and_refuses_one_more(name: str) -> None:
    bound = getattr(LIMITS, name)
    limits = replace(ROOM, **{name: bound})
    documents = Documents(GRAPH, limits=limits)
    assert _refused(documents, MADE[name](bound), {}) is None
    error = _refused(documents, MADE[name](bound + 1), {})
    assert error is not None
    assert error.extensions is not None
    assert (error.extensions["code"], error.extensions["limit"]) == ("LIMIT_EXCEEDED", name)
    assert error.extensions["allowed"] == bound
    assert error.extensions.get("asked", bound + 1) == bound + 1
    assert error.locations


def _refused(documents: Documents, text: str, variables: dict[str, Any]) -> GraphQLError | None:
    document = documents.find(text)
    found = next((e for e in document.errors if "limit" in (e.extensions or {})), None)
    if found is not None or document.errors:
        return found or document.errors[0]
    try:
        document.requested(None, variables)
    except GraphQLError as error:
        return error
    return None


def _deep_value(levels: int) -> Any:
    value: Any = {}
    for _ in range(levels - 1):
        value = {"and": value}
    return value


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("input_items", lambda n: {"x": [1] * n}),
        ("input_items", lambda n: {"x": {"y": {"z": [None] * n}}}),
        ("input_objects", lambda n: {"x": [[{}] * 200, [{}] * 200, [{}] * (n - 405), []]}),
        ("nesting", lambda n: {"x": _deep_value(n)}),
        ("cost", lambda n: {"n": n - 1}),
        ("cost", lambda n: {"n": float(n - 1)}),
        ("entities", lambda n: {"r": [{}] * n}),
    ],
)
def test_limits_hold_for_variables(name: str, made: Callable[[int], dict[str, Any]]) -> None:
    documents = Documents(GRAPH, limits=replace(LIMITS, nodes=10**9))
    text = """query ($n: Int, $r: [_Any!]! = []) {
      volunteers(first: $n) { nodes { id } } _entities(representations: $r) { __typename } }"""
    if name == "cost":
        text = "query ($n: Int) { volunteers(first: $n) { nodes { id } } }"
    bound = getattr(LIMITS, name)
    assert _refused(documents, text, made(bound)) is None
    error = _refused(documents, text, made(bound + 1))
    assert error is not None
    assert error.extensions is not None
    assert error.extensions["limit"] == name


def test_a_caller_with_a_token_may_send_as_many_representations_as_gateways_do() -> None:
    documents = Documents(GRAPH)
    most = LIMITS.gateway_entities
    text = "query ($r: [_Any!]!, $x: [ID!]!) { _entities(representations: $r) { __typename } nodes(ids: $x) { id } }"
    document = documents.find(text)
    key = {"__typename": "Volunteer", "source": {"system": "a", "identifier": "b"}}
    document.requested(None, {"r": [key] * most, "x": ["a"]}, most)
    for values, limit in (
        ({"r": [key] * (most + 1), "x": []}, "entities"),
        ({"r": [key | {"a": [{}, {}, {}]}] * most, "x": []}, "input_objects"),
        ({"r": [key | {"a": _deep_value(LIMITS.nesting)}], "x": []}, "nesting"),
        ({"r": [key], "x": ["a"] * (LIMITS.input_items + 1)}, "input_items"),
    ):
        with pytest.raises(LimitError) as caught:
            document.requested(None, values, most)
        assert (caught.value.extensions or {})["limit"] == limit
    with pytest.raises(LimitError, match=f"at most {LIMITS.entities} allowed"):
        document.requested(None, {"r": [key] * (LIMITS.entities + 1), "x": []})


@pytest.mark.parametrize("count", [10, 24, 90, 110])
def test_a_fragment_is_measured_once(count: int) -> None:
    fragments = [f"fragment f{n} on Region {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count)]
    text = " ".join(
        ["{ regions { ...f0 } }", *fragments, f"fragment f{count} on Region {{ code }}"]
    )
    documents = Documents(GRAPH, limits=replace(ROOM, nesting=1000))
    error = _refused(documents, text, {})
    assert error is not None
    assert error.extensions is not None
    assert error.extensions["limit"] == "fields"
    assert error.extensions["asked"] == min(2**count + 1, 10**9 + (count >= 30))


def test_what_tools_ask_of_the_schema_is_let_through() -> None:
    documents = Documents(GRAPH)
    flags = ("specified_by_url", "directive_is_repeatable", "schema_description")
    full = dict.fromkeys((*flags, "input_value_deprecation"), True)
    for text in (
        get_introspection_query(),
        get_introspection_query(descriptions=False),
        get_introspection_query(**full),
        "query SubgraphIntrospection { _service { sdl } }",
        *examples(),
    ):
        assert _refused(documents, text, {}) is None


def test_every_list_of_objects_says_how_long_it_may_be() -> None:
    documents = Documents(GRAPH)
    model = documents._reader._model
    inner = {"nodes", "edges"}
    for type_ in GRAPH.type_map.values():
        for name in getattr(type_, "fields", {}):
            field = None if type_.name.startswith("__") else model.field(type_, name)
            if field is None or not field.is_list or not field.below:
                continue
            declared = field.declared
            of_page = type_.name.endswith("Connection") and name in inner
            assert of_page or declared.items or declared.assumed is not None, (type_.name, name)


@pytest.mark.parametrize("most", [1, 2, LIMITS.validation_errors])
def test_validation_stops_and_suggests_nothing(most: int) -> None:
    text = "{ regions { " + " ".join(f"cod{n}" for n in range(90)) + " } }"
    document = Documents(GRAPH, limits=replace(LIMITS, validation_errors=most)).find(text)
    assert len(document.errors) == most
    if most > 1:
        assert "Too many validation errors" in document.errors[-1].message
    assert not [error for error in document.errors if "Did you mean" in error.message]


def test_merging_takes_as_many_comparisons_as_it_may() -> None:
    text = "{ volunteers { nodes { %s } } }" % ("region { code } " * 60)
    document = Documents(GRAPH, limits=replace(LIMITS, merged_fields=50)).find(text)
    assert (document.errors[0].extensions or {})["limit"] == "merged_fields"
    assert not Documents(GRAPH).find(text).errors


SELECTIONS = {
    "Node": ("id", "i: id", "__typename", "... on Volunteer { SET }", "... on Person { SET }"),
    "Volunteer": (
        "id", "i: status", "i: silver", "status", "region { SET }", "r: region { SET }",
        "r: person { SET }", "p: participations(first: 1) { totalCount }", "... on Node { SET }",
        "p: participations(first: 2) { totalCount }", "p: participations { totalCount }",
    ),
    "Person": ("id", "i: id", "status: displayName", "r: citizenship { SET }", "volunteer { SET }"),
    "Region": ("code", "name", "name(language: EN)", "name(language: KK)", "code: name", "id"),
    "Country": ("code", "name", "code: name", "id"),
}  # fmt: skip
LEADS = {
    "... on Volunteer": "Volunteer", "... on Person": "Person", "... on Node": "Node",
    "region": "Region", "r: region": "Region", "r: person": "Person",
    "r: citizenship": "Country", "volunteer": "Volunteer",
}  # fmt: skip


class _Writer:
    """Generates selections, some of them as named fragments."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.fragments: list[str] = []

    def write(self, type_: str, depth: int) -> str:
        """Selections of a type."""
        found = []
        for _ in range(self.random.randint(1, 3)):
            text = self.random.choice([s for s in SELECTIONS[type_] if depth or "SET" not in s])
            lead = text.partition(" { SET }")[0]
            if "SET" in text:
                text = text.replace("SET", self.write(LEADS[lead], depth - 1))
            if text.startswith("... on") and self.random.random() < 0.5:
                name = f"f{len(self.fragments)}"
                self.fragments.append(text.replace("...", f"fragment {name}", 1))
                text = f"...{name}" + f" ...{name}" * self.random.randint(0, 1)
            found.append(text)
        return " ".join(found)


@settings(max_examples=300)
@given(random=st.randoms(use_true_random=False))
def test_fields_merge_where_graphql_core_has_them_merge(random: Random) -> None:
    writer = _Writer(random)
    text = f'{{ node(id: "x") {{ {writer.write("Node", 4)} }} }} ' + " ".join(writer.fragments)
    document = parse(text)
    definitions = document.definitions
    fragments = {d.name.value: d for d in definitions if isinstance(d, FragmentDefinitionNode)}
    operations = [d for d in definitions if isinstance(d, OperationDefinitionNode)]
    theirs = validate(GRAPH, document, [OverlappingFieldsCanBeMergedRule])
    ours = Merging(GRAPH, fragments, 10**6).errors(operations)
    event(f"conflict: {bool(theirs)}")
    assert bool(ours) == bool(theirs), text


def test_two_engines_of_a_schema_have_limits_of_their_own() -> None:
    text = "{ regions { code name id } }"
    usual, narrow = Engine(schema), Engine(schema, replace(LIMITS, fields=3))
    for _ in range(2):
        assert not usual.documents.find(text).errors
        assert narrow.documents.find(text).errors


@pytest.mark.parametrize(
    "text", ["{ }", "{ regions { } }", "{ node(id: 1) { ... on Region { } } }"]
)
def test_an_empty_selection_is_a_syntax_error(text: str) -> None:
    (error,) = Documents(schema._schema).find(text).errors
    assert error.message == "Syntax Error: Expected Name, found '}'."
