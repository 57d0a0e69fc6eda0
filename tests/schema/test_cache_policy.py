"""Cache policies: every root field has a max-age, and responses have tags of their tables."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.values import get_variable_values
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from erikti.executor.requested_fields import collect_requested_fields
from erikti.importers import KINDS
from models.max_age import RECORDS, REFERENCE
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from schema import schema
from schema.building.columns import WITHHELD
from schema.engine.cache_policy import ROOT_AGES, UNCHANGING, CachePolicy
from schema.engine.engine import Engine
from tests.schema.walk import GRAPH, entities, relations, selection
from tests.support.owners import read
from tests.support.queries import AS_REGISTRAR, ask, engine, is_query, statements

FOLDER = Path(__file__).parents[2] / "erikti/web/console/examples"
ALL = frozenset(NODES)
policy = Engine(schema).policies.policy


def requested_fields(query: str) -> Mapping[str, frozenset[str]]:
    """Return the fields that a document requests, by type."""
    node = engine().documents.find(query).node
    assert node is not None
    fragments = {d.name.value: d for d in node.definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = (d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    ids = {d.variable.name.value: ["x"] for d in operation.variable_definitions or ()}
    variables = get_variable_values(GRAPH, operation.variable_definitions or (), ids)
    assert not isinstance(variables, list)
    found = collect_requested_fields(GRAPH, fragments, operation, variables)
    return {name: frozenset(fields) for name, fields in found.items()}


def test_only_the_caller_s_own_fields_return_no_records() -> None:
    without = {name for name in schema_roots() if not policy({"Query": [name]}).tags}
    assert without - set(ROOT_AGES) == {"viewer"}


def test_root_fields_have_the_longest_possible_max_age() -> None:
    ages = {name: policy({"Query": [name]}).max_age for name in schema_roots()}
    long = {"codeLists", "regions", "countries", "sustainableDevelopmentGoals", "_service"}
    long |= {"region", "country", "sustainableDevelopmentGoal"}
    assert {name for name, age in ages.items() if age == REFERENCE} == long
    assert {name for name, age in ages.items() if age == 0} == {
        "viewer",
        "consent",
        "personByIin",
        "_entities",
    }
    assert set(ages.values()) == {0, RECORDS, REFERENCE}


def test_only_what_is_imported_may_change_at_any_time() -> None:
    imported = frozenset().union(*(kind.written for kind in KINDS.values()))
    assert imported.isdisjoint(UNCHANGING)
    assert imported | UNCHANGING == ALL


def schema_roots() -> list[str]:
    """Return the names of the root fields."""
    assert GRAPH.query_type is not None
    return [str(name) for name in GRAPH.query_type.fields]


def test_every_personal_field_is_private() -> None:
    objects = [t for t in GRAPH.type_map.values() if isinstance(t, GraphQLObjectType)]
    personal = {
        (type_.name, str(name))
        for type_ in objects
        for name, field in type_.fields.items()
        if WITHHELD in (field.description or "")
    }
    assert ("Person", "iin") in personal
    assert ("PersonSource", "identifier") in personal
    private = {(t.name, str(n)) for t in objects for n in t.fields if policy({t.name: [n]}).private}
    identifying = {("Volunteer", "person"), ("Placement", "person"), ("Person", "volunteer")}
    identifying |= {("Person", "placements"), ("PersonConnection", "groups")}
    identifying |= {("Query", "consent")}
    whole = [type_ for type_ in objects if type_.name.startswith(("Consent", "AccessRecord"))]
    identifying |= {(t.name, str(n)) for t in whole for n in t.fields} - {("Consent", "id")}
    others = {("Query", "viewer"), ("Query", "personByIin"), ("Person", "accessRecords")}
    assert private == personal | identifying | others


def test_a_response_with_a_personal_field_is_not_cached() -> None:
    found = policy(requested_fields("{ people { nodes { displayName iin } } }"))
    assert (found.is_cacheable, found.private) == (False, True)
    assert policy(requested_fields("{ people { nodes { displayName } } }")).is_cacheable


@pytest.mark.parametrize("name", ["Region", "Country", "SustainableDevelopmentGoal"])
def test_records_below_reference_data_have_their_own_max_age(name: str) -> None:
    type_ = GRAPH.get_type(name)
    assert isinstance(type_, GraphQLObjectType)
    for field in type_.fields:
        found = policy({"Query": ["regions"], name: [field]})
        reference = found.tags <= {"Region", "Country", "SustainableDevelopmentGoal"}
        assert found.max_age == (REFERENCE if reference else RECORDS), field


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ regions { name frontOffice { name } } }", CachePolicy(60, tags=frozenset({"Region", "FrontOffice"}))),
        ("{ regions { code } viewer { client } }", CachePolicy(0, True, frozenset({"Region"}))),
        ('{ node(id: "x") { id } }', CachePolicy(60, tags=ALL)),
        ('{ __schema { types { name } } __type(name: "Person") { name } }', CachePolicy(3600)),
        ("{ __typename }", CachePolicy(3600)),
        ("{ _service { sdl } }", CachePolicy(3600)),
        ("{ _entities(representations: []) { __typename } }", CachePolicy(0, tags=ALL | {"PublishedFigure"})),
    ],
)  # fmt: skip
def test_policies(query: str, expected: CachePolicy) -> None:
    assert policy(requested_fields(query)) == expected


@pytest.mark.parametrize(
    "unknown", [{}, {"Query": []}, {"Query": ["nothing"]}, {"Nothing": ["id"]}, {"Node": ["id"]}]
)
def test_unknown_fields_are_not_cached(unknown: dict[str, list[str]]) -> None:
    assert not policy(unknown).is_cacheable


VOLUNTEERS = {"Volunteer", "Person", "Region", "Organisation", "FrontOffice"}
TAGS = {
    "1-four-domains": VOLUNTEERS
    | {
        "AwardCategory",
        "AwardEdition",
        "Country",
        "Delegate",
        "Delegation",
        "DutyStation",
        "Forum",
        "HostEntity",
        "Nomination",
        "Placement",
        "Programme",
    },
    "2-published-figures": {
        "AwardCategory",
        "AwardEdition",
        "Enquiry",
        "Forum",
        "FrontOffice",
        "GoodDeed",
        "Grant",
        "Nomination",
        "Organisation",
        "Placement",
        "Programme",
        "Project",
        "PublishedFigure",
        "Volunteer",
    },
    "3-groups": VOLUNTEERS,
    "4-pages": VOLUNTEERS,
    "5-languages": {"Region", "Country"},
}


TEXTS = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.graphql")}
EXAMPLES = {name: text for name, text in TEXTS.items() if is_query(text)}


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("name", EXAMPLES)
async def test_the_console_s_examples(name: str) -> None:
    found = policy(requested_fields(EXAMPLES[name]))
    assert found.max_age == (REFERENCE if name == "5-languages" else RECORDS)
    assert found.tags == TAGS[name]
    with statements() as made:
        await ask(EXAMPLES[name])
    assert read(made) <= found.depends_on


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("name", NODES)
async def test_a_response_is_tagged_with_every_table_that_it_reads(name: str) -> None:
    (entity,) = (entity for entity in entities() if entity.name == name)
    fields = [selection(relation) for relation in relations() if relation.parent == name]
    fields += [str(n) for n, f in entity.fields.items() if is_leaf_type(get_named_type(f.type))]
    records = table(NODES[name].model)
    rows = await fetch(f"SELECT {records.key} FROM {records.name} ORDER BY 1 LIMIT 100")
    ids = [to_base64(name, key_text(row[0])) for row in rows]
    for field in fields:
        query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on {name} {{ {field} }} }} }}"
        with statements() as made:
            await ask(query, ids=ids, **AS_REGISTRAR)
        # The root field may return every type, so check the fields below it.
        below = {
            type_: names for type_, names in requested_fields(query).items() if type_ != "Query"
        }
        assert read(made) <= policy(below).tags, field


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize(
    "query",
    [
        '{ volunteers(filter: { organisation: { region: { code: { eq: "KZ-75" } } } }) { totalCount } }',
        '{ laureates(filter: { nominee: { person: { displayName: { eq: "x" } } } }) { totalCount } }',
        "{ placements(filter: { dutyStation: { country: { cisStatus: { eq: MEMBER } } } }) { totalCount } }",
        "{ volunteers { groups(by: [FIELD_OF_WORK, ORGANISATION]) { nodes { count organisation { name } } } } }",
        "{ statistics(year: 2025) { figures { code } } }",
    ],
)
async def test_filters_groups_and_figures_are_tagged_with_the_tables_they_read(query: str) -> None:
    with statements() as made:
        await ask(query, **AS_REGISTRAR)
    assert read(made)
    assert read(made) <= policy(requested_fields(query)).tags
