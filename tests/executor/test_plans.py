"""Plans are cached by everything they depend on, and the cache is bounded."""
# ruff: noqa: ARG005 - resolvers take what they are given.

from itertools import product
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute,
    get_variable_values,
    parse,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from erikti.executor import BreadthFirstExecutor, Plan, Plans
from erikti.executor.plans import MAX_PLANS_OF_AN_OPERATION

SDL = "type Query { a: Int b(n: Int): Int thing: Thing } type Thing { a: Int b: Int }"
SCHEMA = build_schema(SDL)
CONDITIONS = """
query ($x: Boolean = false, $y: Boolean! = false, $n: Int) {
  a b(n: $n) @skip(if: $x) ...F ... @include(if: $y) { y: a }
}
fragment F on Query { thing { a b @skip(if: $y) } }
"""
MANY = "query ({0}) {{ a {1} }}"


def find(
    plans: Plans,
    document: DocumentNode,
    schema: GraphQLSchema = SCHEMA,
    attributes: bool = True,
    fragments: dict[str, FragmentDetails] | None = None,
    **values: Any,
) -> Plan | None:
    """Return the plan for a document with these values."""
    (operation,) = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    variables = get_variable_values(schema, operation.variable_definitions or (), values)
    assert isinstance(variables, VariableValues)
    found = fragments_of(document) if fragments is None else fragments
    return plans.find(schema, operation, found, variables, attributes)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDetails]:
    """Return the fragments of a document by name."""
    found = [d for d in document.definitions if isinstance(d, FragmentDefinitionNode)]
    return {fragment.name.value: FragmentDetails(fragment) for fragment in found}


def test_an_operation_is_compiled_once_for_each_choice_of_its_conditions() -> None:
    plans, document = Plans(), parse(CONDITIONS)
    chosen = {(x, y): find(plans, document, x=x, y=y) for x, y in product([False, True], repeat=2)}
    assert len({id(plan) for plan in chosen.values()}) == 4
    for (x, y), plan in chosen.items():
        assert find(plans, document, x=x, y=y, n=7) is plan
        assert plan is not None
        keys = {"a", "thing"} | ({"b"} if not x else set()) | ({"y"} if y else set())
        assert {field.key for field in plan.root.all_fields} == keys
        requested_fields = {name: set(fields) for name, fields in plan.requested_fields.items()}
        assert requested_fields["Thing"] == ({"a"} if y else {"a", "b"})
        assert requested_fields["Query"] == {"a", "thing"} | ({"b"} if not x else set())
    assert find(plans, document) is chosen[False, False]


def test_a_variable_that_is_left_out_is_not_one_that_is_given() -> None:
    document = parse("query ($x: Boolean = true, $y: Boolean) { a @skip(if: $x) b @skip(if: $y) }")
    plans = Plans()
    assert find(plans, document, y=True) is not find(plans, document, y=False)
    assert find(plans, document, y=True) is find(plans, document, y=True, x=True)
    assert find(plans, document, y=True) is not find(plans, document)


@pytest.mark.parametrize(
    "text",
    ["{ a }", CONDITIONS, "{ ...F } fragment F on Query { a }", "{ a @skip(if: false) }"],
)
def test_another_document_schema_or_resolver_has_another_plan(text: str) -> None:
    plans, document = Plans(), parse(text)
    plan = find(plans, document)
    assert plan is not None
    assert find(plans, document) is plan
    assert find(plans, parse(text)) is not plan
    assert find(plans, document, build_schema(SDL)) is not plan
    assert find(plans, document, attributes=False) is not plan
    assert find(plans, document) is plan
    assert find(Plans(), document) is not plan


def test_an_operation_with_other_fragments_is_another_one() -> None:
    plans, document = Plans(), parse(CONDITIONS)
    plan = find(plans, document)
    other = fragments_of(parse("fragment F on Query { z: a }"))
    changed = find(plans, document, fragments=other)
    assert changed is not None
    assert {field.key for field in changed.root.all_fields} == {"a", "b", "z"}
    more = {**fragments_of(document), **fragments_of(parse("fragment G on Query { a }"))}
    known = find(plans, document, fragments=more)
    assert known is not plan
    assert find(plans, document, fragments=more) is known


def test_the_oldest_operations_are_forgotten() -> None:
    plans = Plans(3)
    documents = [parse("{ a }") for _ in range(4)]
    first, second, third = (find(plans, document) for document in documents[:3])
    assert find(plans, documents[0]) is first  # the second is the oldest now
    fourth = find(plans, documents[3])
    assert [find(plans, documents[n]) for n in (0, 2, 3)] == [first, third, fourth]
    assert find(plans, documents[1]) is not second
    assert find(plans, documents[0]) is not first


def test_an_operation_has_a_bounded_number_of_cached_plans() -> None:
    names = [f"v{n}" for n in range(7)]
    variables = ", ".join(f"${name}: Boolean = false" for name in names)
    text = MANY.format(variables, " ".join(f"{n}: a @skip(if: ${n})" for n in names))
    plans, document = Plans(), parse(text)
    choices: list[Any] = [
        dict(zip(names, c, strict=True)) for c in product([False, True], repeat=7)
    ]
    made = [find(plans, document, **choice) for choice in choices[:MAX_PLANS_OF_AN_OPERATION]]
    again = [find(plans, document, **choice) for choice in choices[:MAX_PLANS_OF_AN_OPERATION]]
    assert all(one is other for one, other in zip(made, again, strict=True))
    find(plans, document, **choices[MAX_PLANS_OF_AN_OPERATION])
    assert find(plans, document, **choices[0]) is not made[0]


@pytest.mark.parametrize(
    "text",
    [
        "{ a ... @defer { b } }",
        "{ ...F @defer } fragment F on Query { a }",
        "{ thing { a ... { b @stream(initialCount: 1) } } }",
        "{ ...F } fragment F on Query { ... @defer { a } b @skip(if: false) }",
    ],
)
def test_incremental_operations_have_no_plan(text: str) -> None:
    plans, document = Plans(), parse(text)
    assert find(plans, document) is None
    assert find(plans, document) is None


def test_arguments_of_fragments_have_no_plan() -> None:
    text = "{ ...F(n: 1) } fragment F($n: Int) on Query { b(n: $n) }"
    document = parse(text, experimental_fragment_arguments=True)
    assert find(Plans(), document) is None


class Own(BreadthFirstExecutor):
    """An executor with its own cache of plans."""

    plans = Plans(2)


def test_cached_plans_use_the_variables_of_each_execution() -> None:
    schema = build_schema(SDL)
    schema.query_type.fields["b"].resolve = lambda _, info, n=None: n  # type: ignore[union-attr]
    document = parse(CONDITIONS)
    root = {"a": 1, "thing": {"a": 2, "b": 3}}
    for n, (x, y) in enumerate([*product([False, True], repeat=2)] * 2):
        values = {"x": x, "y": y, "n": n}
        answers = [
            execute(schema, document, root, None, values, executor_class=executor)
            for executor in (None, Own)
        ]
        assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "value", ["$n", "[$n]", "{x: $n}", "[1, {x: [{y: $n}]}]", "{x: 1, y: [$n]}"]
)
def test_a_variable_anywhere_in_an_argument_has_its_value_of_each_execution(value: str) -> None:
    schema = build_schema("type Query { a(o: Odd): String } scalar Odd")
    types: Any = schema.type_map
    types["Odd"].coerce_input_value = repr
    types["Query"].fields["a"].resolve = lambda _, info, o: o
    document = parse(f"query ($n: Odd) {{ a(o: {value}) }}")
    found = []
    for n in (1, 2):
        theirs, ours = (
            execute(schema, document, None, None, {"n": n}, executor_class=executor)
            for executor in (None, Own)
        )
        assert ours == theirs
        found.append(ours)
    assert found[0] != found[1]


def test_an_argument_without_variables_is_worked_out_once() -> None:
    schema = build_schema("type Query { a(o: Odd): String } scalar Odd")
    types: Any = schema.type_map
    made: list[Any] = []

    def coerce(value: Any) -> str:
        made.append(value)
        return str(value)

    types["Odd"].coerce_input_value = coerce
    types["Query"].fields["a"].resolve = lambda _, info, o: o
    document = parse('{ a(o: "text") }')
    for _ in range(3):
        result: Any = execute(schema, document, executor_class=Own)
        assert result.data == {"a": "text"}
    assert made == ["text"]
