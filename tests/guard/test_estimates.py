"""Estimates of documents, compared with counts by hand, on a schema with every kind of field."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from graphql import GraphQLError, build_schema

from erikti.guard.costs import DESCRIPTIONS, CostModel, FieldCost
from erikti.guard.limits import Limits
from erikti.guard.reader import Reader

SCHEMA = build_schema("""
  type Query {
    one: Thing  text: String  node: Node  either: Either  free: Thing
    priced(a: Int, b: [Int], c: Input): String
    few: [Thing!]!  words: [String]
    page(first: Int, last: Int): Page  unsized: Page
    byIds(ids: [ID!]): [Thing]  _entities(representations: [ID!]): [Either]
    groups(by: [Kind!], first: Int): [Group]
    found(filter: Where, first: Int): [Thing]
  }
  input Where { eq: Int contains: String in: [Int] and: [Where] not: Where }
  input Input { list: [Int] and: [Input] }
  interface Node { id: ID }
  union Either = Thing | Other
  type Thing implements Node { id: ID  parent: Thing  page(first: Int): Page  few: [Thing] }
  type Other implements Node { id: ID  heavy: Int  free: Other }
  type Page { total: Int  nodes(a: Int): [Thing]  edges: [Edge]  info: Info }
  type Edge { node: Thing }
  type Info { more: Boolean }
  type Group { count: Int }
  enum Kind { COLOUR SHAPE DAY }
""")
FREE = FieldCost(weight=0)
PAGE = FieldCost(assumed=10, slicing=("first", "last"), sized=("nodes", "edges"))
COSTS = {
    ("Query", "priced"): FieldCost(3, {"a": 50, "b": 700}),
    ("Query", "free"): FREE,
    ("Query", "few"): FieldCost(assumed=4),
    ("Query", "page"): PAGE,
    ("Query", "byIds"): FieldCost(assumed=60, items="ids"),
    ("Query", "_entities"): FieldCost(items="representations"),
    ("Query", "groups"): FieldCost(
        assumed=1_000, slicing=("first",), kinds={"by": {"COLOUR": 3, "SHAPE": 5}}
    ),
    ("Query", "found"): FieldCost(assumed=10, slicing=("first",), conditions=("filter",)),
    ("Where", "contains"): FieldCost(25),
    ("Thing", "few"): FieldCost(assumed=2),
    ("Thing", "page"): PAGE,
    ("Other", "heavy"): FieldCost(20),
    ("Other", "free"): FREE,
    ("Page", "total"): FieldCost(5),
    ("Page", "nodes"): FieldCost(arguments={"a": 2}),
}
MODEL = CostModel(SCHEMA, COSTS)
COUNTS = (
    "cost", "nodes", "depth", "introspection_depth", "nesting", "root_fields", "aliases",
    "directives", "fields",
)  # fmt: skip
ROOM = replace(Limits(), **dict.fromkeys((*COUNTS, "tokens", "merged_fields"), 10**9))
MUCH = 10**9
Variables = dict[str, Any]


def refused(text: str, limits: Limits, variables: Variables | None = None) -> GraphQLError | None:
    """Return the error of a document with one operation that exceeds one of these limits."""
    reading = Reader(MODEL, limits).read(text)
    try:
        for demand in reading.demands:
            demand.check(variables, limits)
    except GraphQLError as error:
        return error
    return next(iter(reading.errors), None)


def limit(error: GraphQLError | None) -> tuple[str, int] | None:
    """Return the limit in an error and the requested value; None without one."""
    found = (error and error.extensions) or {}
    return (found["limit"], found["asked"]) if "limit" in found else None


def check(text: str, counts: dict[str, int], variables: Variables | None = None) -> None:
    """Check that a document passes these limits exactly, and fails each that is lower."""
    assert limit(refused(text, replace(ROOM, **counts), variables)) is None
    for name, asked in counts.items():
        less = replace(ROOM, **{**counts, name: asked - 1})
        assert limit(refused(text, less, variables)) == (name, asked)


# Cost, objects, depth, depth of introspection, nesting, fields of the root, aliases, directives
# and fields of each document.
BY_HAND: dict[str, tuple[int, ...]] = {
    "{ text }": (0, 0, 1, 0, 1, 1, 0, 0, 1),
    "{ a: text text }": (0, 0, 1, 0, 1, 2, 1, 0, 2),
    "{ one { id } text }": (1, 1, 2, 0, 2, 2, 0, 0, 3),
    "{ a: one { b: parent { c: id } } }": (2, 2, 3, 0, 3, 1, 3, 0, 3),
    "{ free { id } }": (0, 1, 2, 0, 2, 1, 0, 0, 2),
    "{ text ... { text ... { text } } }": (0, 0, 1, 0, 3, 3, 0, 0, 3),
    "{ ...f ...f } fragment f on Query { x: text }": (0, 0, 1, 0, 2, 2, 2, 0, 2),
    "{ one { ...f } } fragment f on Thing { parent { id } }": (2, 2, 3, 0, 4, 1, 0, 0, 3),
    "{ one { ...f parent { parent { ...f } } } } fragment f on Thing { few { id } }": (
        3 + 2 * 2, 3 + 2 * 2, 5, 0, 6, 1, 0, 0, 7,
    ),
    "query @skip(if: true) { text }": (0, 0, 1, 0, 1, 1, 0, 1, 1),
    "query ($n: Int @d, $m: Int @d) { priced(a: $n, b: [$m]) }": (753, 0, 1, 0, 1, 1, 0, 2, 1),
    "{ text @skip(if: true) one { id @skip(if: true) ... @skip(if: true) { id } } }": (
        1, 1, 2, 0, 3, 2, 0, 3, 4,
    ),
    "{ ...f @skip(if: true) ...f } fragment f on Query @d { text @skip(if: false) }": (
        0, 0, 1, 0, 2, 2, 0, 5, 2,
    ),
    "{ priced }": (3, 0, 1, 0, 1, 1, 0, 0, 1),
    "{ priced(a: 1) }": (53, 0, 1, 0, 1, 1, 0, 0, 1),
    "{ words few { few { id } } }": (4 + 4 * 2, 4 + 4 * 2, 3, 0, 3, 2, 0, 0, 4),
    "{ page { total nodes { id } } }": (1 + 5 + 10, 1 + 10, 3, 0, 3, 1, 0, 0, 4),
    "{ page(first: 3) { nodes { id } info { more } } }": (5, 5, 3, 0, 3, 1, 0, 0, 5),
    "{ page(first: 3, last: 7) { a: nodes { id } b: nodes { parent { id } } } }": (
        1 + 7 + 7 * 2, 1 + 7 + 7 * 2, 4, 0, 4, 1, 2, 0, 6,
    ),
    "{ page(first: 0) { nodes { id } } }": (1, 1, 3, 0, 3, 1, 0, 0, 3),
    "{ page(first: -1) { nodes { id } } }": (1, 1, 3, 0, 3, 1, 0, 0, 3),
    "{ page(first: null) { nodes { id } } }": (11, 11, 3, 0, 3, 1, 0, 0, 3),
    "{ page(first: 99999999999999) { nodes { id } } }": (MUCH, MUCH, 3, 0, 3, 1, 0, 0, 3),
    "{ page(first: 3) { edges { node { id } } } }": (1 + 3 * 2, 1 + 3 * 2, 4, 0, 4, 1, 0, 0, 4),
    "{ page(first: 3) { nodes(a: 1) { id } } }": (1 + 2 + 3, 1 + 3, 3, 0, 3, 1, 0, 0, 3),
    "{ page(first: 3) { ...f ...f } } fragment f on Page { nodes { id } }": (
        1 + 2 * 3, 1 + 2 * 3, 3, 0, 4, 1, 0, 0, 5,
    ),
    "{ page(first: 3) { nodes { page(first: 4) { nodes { id } } } } }": (
        1 + 3 * (2 + 4), 1 + 3 * (2 + 4), 5, 0, 5, 1, 0, 0, 5,
    ),
    "{ unsized { nodes { id } } }": (21, 21, 3, 0, 3, 1, 0, 0, 3),
    "{ node { id ... on Thing { parent { id } } ... on Other { heavy } } }": (
        1 + 20, 2, 3, 0, 4, 1, 0, 0, 5,
    ),
    "{ either { ... on Other { free { id } } ... on Thing { id } ... on Other { heavy } } }": (
        1 + 20, 2, 3, 0, 4, 1, 0, 0, 5,
    ),
    "{ node { ... on Thing { parent { id } } ... on Node { ... on Thing { parent { id } } } } }": (
        3, 3, 3, 0, 5, 1, 0, 0, 5,
    ),
    "{ one { ... on Thing { parent { id } } ... on Node { id } parent { id } } }": (
        3, 3, 3, 0, 4, 1, 0, 0, 6,
    ),
    "{ byIds { id } }": (60, 60, 2, 0, 2, 1, 0, 0, 2),
    '{ byIds(ids: ["a", "b"]) { id } }': (2, 2, 2, 0, 2, 1, 0, 0, 2),
    '{ byIds(ids: "a") { id } }': (1, 1, 2, 0, 2, 1, 0, 0, 2),
    "{ found(first: 1, filter: { eq: 1, in: [1, 2, 3] }) { id } }": (1 + 2, 1, 2, 0, 2, 1, 0, 0, 2),
    '{ found(first: 1, filter: { and: [{ contains: "a" }, { not: { eq: 1 } }] }) { id } }': (
        1 + 25 + 1, 1, 2, 0, 2, 1, 0, 0, 2,
    ),
    "{ one { ...f ...f } } fragment f on Thing { page(first: 9) { nodes { found: id } } }": (
        1 + 2 * 10, 1 + 2 * 10, 4, 0, 5, 1, 2, 0, 7,
    ),
    "{ ...f ...f } fragment f on Query { found(first: 1, filter: { eq: 1 }) { id } }": (
        2 * (1 + 1), 2, 2, 0, 3, 2, 0, 0, 4,
    ),
    "{ _entities { __typename } }": (0, 0, 2, 0, 2, 1, 0, 0, 2),
    "{ groups { count } }": (1_000, 1_000, 2, 0, 2, 1, 0, 0, 2),
    "{ groups(by: [COLOUR, SHAPE]) { count } }": (15, 15, 2, 0, 2, 1, 0, 0, 2),
    "{ groups(by: SHAPE) { count } }": (5, 5, 2, 0, 2, 1, 0, 0, 2),
    "{ groups(by: [SHAPE, DAY]) { count } }": (1_000, 1_000, 2, 0, 2, 1, 0, 0, 2),
    "{ groups(by: SHAPE, first: 2) { count } }": (2, 2, 2, 0, 2, 1, 0, 0, 2),
    '{ __type(name: "x") { name ofType { fields { name } } } text }': (
        DESCRIPTIONS["__type"], 1, 1, 3, 4, 2, 0, 0, 6,
    ),
    "{ a: __schema { types { name } } b: __schema { description } }": (
        2 * DESCRIPTIONS["__schema"], 2, 1, 2, 3, 2, 2, 0, 5,
    ),
    "{ __typename one { __typename } }": (1, 1, 2, 0, 2, 2, 0, 0, 3),
}  # fmt: skip


@pytest.mark.parametrize("text", BY_HAND)
def test_a_document_comes_to_what_is_counted_by_hand(text: str) -> None:
    check(text, dict(zip(COUNTS, BY_HAND[text], strict=True)))


TWO = "query ($n: Int, $m: Int = 4)"
NESTED = "{ page(first: $n) { nodes { few { id } page(first: $m) { nodes { id } } } } }"
EITHER = """{ either { ... on Thing { page(first: $n) { nodes { id } } }
  ... on Other { heavy free { free { free { id } } } } } }"""
WITH_VARIABLES: list[tuple[str, Variables | None, int, int]] = [
    (f"{TWO} {NESTED}", {"n": 3}, 1 + 3 * (1 + 2 + 1 + 4), 1 + 3 * (1 + 2 + 1 + 4)),
    (f"{TWO} {NESTED}", {"n": 3, "m": 0}, 1 + 3 * 4, 1 + 3 * 4),
    (f"{TWO} {NESTED}", {"n": 0, "m": 9}, 1, 1),
    (f"{TWO} {NESTED}", {"n": -7}, 1, 1),
    (f"{TWO} {NESTED}", {"n": -7.0}, 1, 1),
    (f"{TWO} {NESTED}", {"n": 2.0, "m": None}, 1 + 2 * (4 + 10), 1 + 2 * (4 + 10)),
    (f"{TWO} {NESTED}", {"n": "3"}, 1 + 10 * 8, 1 + 10 * 8),
    (f"{TWO} {NESTED}", {"n": True}, 1 + 10 * 8, 1 + 10 * 8),
    (f"{TWO} {NESTED}", {"n": 2.5}, 1 + 10 * 8, 1 + 10 * 8),
    (f"{TWO} {NESTED}", None, 1 + 10 * 8, 1 + 10 * 8),
    (f"{TWO} {NESTED}", {"n": 10**30}, MUCH, MUCH),
    (f"{TWO} {{ page(first: $n, last: $m) {{ nodes {{ id }} }} }}", {"n": 3}, 5, 5),
    (f"{TWO} {{ page(first: $n, last: $m) {{ nodes {{ id }} }} }}", {"n": 6}, 7, 7),
    (f"{TWO} {{ page(first: $n, last: 8) {{ nodes {{ id }} }} }}", {"n": 6}, 9, 9),
    (f"{TWO} {{ few {{ page(first: $n) {{ total nodes {{ id }} }} }} }}", {"n": 3}, 40, 20),
    (f"{TWO} {EITHER}", {"n": 3}, 1 + 20, 1 + 4),
    (f"{TWO} {EITHER}", {"n": 30}, 1 + 31, 1 + 31),
    ("query ($i: [ID!]) { byIds(ids: $i) { id } }", {"i": ["a", "b", "c"]}, 3, 3),
    ("query ($i: [ID!]) { byIds(ids: $i) { id } }", {"i": []}, 0, 0),
    ("query ($i: [ID!]) { byIds(ids: $i) { id } }", {"i": "a"}, 1, 1),
    ("query ($i: [ID!]) { byIds(ids: $i) { id } }", {"i": None}, 60, 60),
    ("query ($i: ID!) { byIds(ids: [$i, $i]) { id } }", {"i": "a"}, 2, 2),
    ("query ($k: Kind!) { groups(by: [COLOUR, $k]) { count } }", {"k": "COLOUR"}, 1_000, 1_000),
    ("query ($n: Int) { groups(by: SHAPE, first: $n) { count } }", {"n": 9}, 5, 5),
    ("query ($n: Int) { free { page(first: $n) { nodes { id } } } }", {"n": 0}, 1, 2),
    ("query ($n: Int) { page(first: $n) { nodes { id } } priced }", {"n": 1}, 5, 2),
]  # fmt: skip


@pytest.mark.parametrize(("text", "variables", "cost", "nodes"), WITH_VARIABLES)
def test_sizes_of_lists_are_those_of_the_variables(
    text: str, variables: Variables | None, cost: int, nodes: int
) -> None:
    check(text, {"cost": cost, "nodes": nodes}, variables)


def places(error: GraphQLError | None) -> Iterator[int]:
    """Return the columns of an error in a document of one line."""
    assert error is not None
    return (location.column for location in error.locations or ())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("depth", "{ text one { parent { ^id } few { id } } }"),
        ("depth", "{ text one { ...f } } fragment f on Thing { parent { ^id } }"),
        ("depth", "{ ...f one { parent { ^id } } } fragment f on Query { one { id } }"),
        ("fields", "query q { one { id } ^}"),
        ("nesting", "{ one ^{ parent { parent { id } } } }"),
        ("nesting", "{ ... ^{ ... { ... { text } } } }"),
        ("nesting", "{ ...f } fragment f on Query ^{ ... { ... { text } } }"),
        ("input_items", "{ priced(b: ^[1, 2]) }"),
        ("entities", '{ _entities(representations: ^["a", "b"]) { __typename } }'),
    ],
)
def test_a_refusal_points_at_the_place(name: str, text: str) -> None:
    bound = {"depth": 0, "fields": 1}.get(name, 1)
    error = refused(text.replace("^", ""), replace(ROOM, **{name: bound}))
    where = 1 if name == "fields" else text.index("^") + 1
    assert list(places(error)) == [where]
    assert error is not None
    assert (error.extensions or {})["limit"] == name


LISTS = [
    "{ priced(b: LIST) }",
    "{ priced(c: { and: [{ list: [] }, { and: [{ list: LIST }] }] }) }",
    "{ text @d(list: LIST) }",
    "{ ... @d(list: LIST) { text } }",
    "{ ...f @d(list: LIST) } fragment f on Query { text }",
    "{ ...f } fragment f on Query @d(list: LIST) { text }",
    "query ($b: [Int] = LIST) { priced(b: $b) }",
    "query ($c: Input = { list: LIST }) { priced(c: $c) }",
]


@pytest.mark.parametrize("text", LISTS)
def test_a_list_is_counted_wherever_it_is_written(text: str) -> None:
    limits = replace(ROOM, input_items=3)
    for items, code in (("1, 2, 3", None), ("1, 2, 3, 4", "LIMIT_EXCEEDED")):
        error = refused(text.replace("LIST", f"[{items}]"), limits)
        assert (error and (error.extensions or {}).get("code")) == code or (
            code is None and error is not None and "@d" in error.message
        )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{ nothing }", "Cannot query field 'nothing'"),
        ("{ nothing { below { more } } }", "Cannot query field 'nothing'"),
        ("{ one { nothing(list: [1]) { below } } }", "Cannot query field 'nothing'"),
        ("{ text { below } }", "must not have a selection"),
        ("{ ... on Nothing { id } }", "Unknown type 'Nothing'"),
        ("{ ... on Kind { id } }", "cannot condition on non composite type 'Kind'"),
        ("{ ...nothing }", "Unknown fragment 'nothing'"),
        ("{ ...f } fragment f on Query { text ...f }", "Cannot spread fragment 'f' within itself"),
        ("mutation { text }", "mutation operation is not supported"),
        ("tokens aborted", "Unexpected Name 'tokens'"),
        ("tokens_aborted", "Unexpected Name 'tokens_aborted'"),
        ("{ text", "Expected Name, found <EOF>"),
    ],
)
def test_what_is_no_operation_of_the_schema_is_said_to_be_none(text: str, says: str) -> None:
    error = refused(text, Limits())
    assert error is not None
    assert says in error.message
    assert "limit" not in (error.extensions or {})


FILTERED = "query ($f: Where, $n: Int, $t: String) { a: found(filter: $f, first: 1) { id } %s }"
AGAIN = "b: found(filter: $f, first: 1) { id } c: found(filter: { and: [$f] }, first: 1) { id }"


@pytest.mark.parametrize(
    ("rest", "variables", "cost"),
    [
        ("", {}, 1),
        ("", {"f": None}, 1),
        ("", {"f": {"eq": 1}}, 2),
        ("", {"f": {"and": [{"eq": 1}, {"not": {"contains": "a"}}], "in": [1, 2]}}, 1 + 27),
        ("", {"f": [{"eq": 1}, {"unknown": {"eq": 1}}, 5]}, 1 + 2),
        (AGAIN, {"f": {"contains": "a"}}, 3 * (1 + 25)),
        ("b: found(first: 1, filter: { eq: $n, contains: $t }) { id }", {}, 1 + 1 + 26),
    ],
)
def test_conditions_cost_at_each_place_where_they_are_used(
    rest: str, variables: Variables, cost: int
) -> None:
    check(FILTERED % rest, {"cost": cost}, variables)
