"""Groups by sex and age band: exact for callers who may list people, suppressed for others."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from itertools import combinations, product
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType

from erikti.auth.principal import Principal
from erikti.database.connection import fetch
from erikti.endpoint.http.service import _key
from erikti.endpoint.requests import PlainRequest
from models.people import AgeBand, Language, Sex
from resolvers.context import Context
from resolvers.dataloaders.dimensions import this_year
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.listings import LISTINGS, Listing
from resolvers.dataloaders.protected_groups import PROTECTED
from tests.schema.walk import GRAPH
from tests.support.attacker import spread
from tests.support.queries import ANALYST, AS_REGISTRAR, KEY, REGISTRAR, ask, engine, refuse
from tests.support.volunteers import Kind, register

THRESHOLD = 5
FIELDS = {"region": "region { code }", "sex": "sex", "age_band": "ageBand"}
Keys = tuple[Any, ...]
REGIONS = ("KZ-10", "KZ-11", "KZ-62")
# The filters of the closed list, and which of the regions each one matches.
FILTERS: Mapping[str, frozenset[str]] = {
    "{}": frozenset(REGIONS),
    **{f'{{ region: {{ code: {{ eq: "{code}" }} }} }}': frozenset({code}) for code in REGIONS},
    '{ region: { code: { in: ["KZ-10", "KZ-11"] } } }': frozenset(REGIONS[:2]),
    '{ not: { region: { code: { eq: "KZ-10" } } } }': frozenset(REGIONS[1:]),
    "{ region: { kind: { eq: CITY } } }": frozenset(),
}


def text(by: Iterable[str], filter_: str = "{}", more: str = "", inner: str = "") -> str:
    named = ", ".join(name.upper() for name in by)
    given = "" if filter_ == "{}" else f"(filter: {filter_})"
    fields = " ".join(FIELDS[name] for name in by if name in FIELDS)
    return f"""{{ volunteers{given} {{ groups(by: [{named}] {more}) {{
      nodes {{ {fields} count suppressed {inner} }} totalCount
      pageInfo {{ endCursor hasNextPage startCursor }} }} }} }}"""


def key_of(node: Mapping[str, Any], by: Iterable[str]) -> Keys:
    named = {"region": (node.get("region") or {}).get("code")}
    named |= {"sex": node.get("sex"), "age_band": node.get("ageBand")}
    return tuple(named[name] for name in by)


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=lambda listing: listing.name)
def test_groups_of_people_may_be_suppressed_without_breaking_clients(listing: Listing) -> None:
    group = GRAPH.type_map.get(f"{listing.name}Group")
    if isinstance(group, GraphQLObjectType):
        count = str(group.fields["count"].type)
        found = (count, "suppressed" in group.fields)
        assert found == (("Int", True) if listing.model in STANDS_FOR else ("Int!", False))


async def groups(query: str, by: Iterable[str], **caller: Any) -> dict[Keys, int | None]:
    page = (await ask(query, **caller))["volunteers"]["groups"]
    found = {key_of(node, by): node["count"] for node in page["nodes"]}
    assert len(found) == len(page["nodes"]) == page["totalCount"]
    assert all(node["suppressed"] == (node["count"] is None) for node in page["nodes"])
    return found


def subsets() -> list[tuple[str, ...]]:
    sizes = (combinations(PROTECTED, size) for size in (1, 2, 3))
    return [by for each in sizes for by in each if by != ("region",)]


def band_of(born: date | None) -> AgeBand | None:
    if born is None:
        return None
    return [band for band in AgeBand if band.youngest <= this_year() - born.year][-1]


@pytest.mark.parametrize("by", subsets(), ids="-".join)
async def test_callers_who_may_list_people_get_what_sql_counts(
    nation: str, by: tuple[str, ...]
) -> None:
    rows = await fetch(
        "SELECT v.region_id, p.sex, p.birth_date FROM volunteers v JOIN people p ON p.id = v.person_id"
    )
    expected: dict[Keys, int] = {}
    for region, sex, day in rows:
        born = date.fromisoformat(day) if isinstance(day, str) else day
        values = {"region": region, "sex": sex, "age_band": band_of(born)}
        key = tuple(values[name] for name in by)
        expected[key] = expected.get(key, 0) + 1
    assert await groups(text(by), by, **AS_REGISTRAR) == expected


async def test_other_filters_and_measures_are_for_callers_who_may_list_people(nation: str) -> None:
    silver = "{ silver: { eq: true } }"
    query = text(["sex"], silver, inner="hoursTotal { sum }")
    page = (await ask(query, **AS_REGISTRAR))["volunteers"]["groups"]
    rows = await fetch(
        "SELECT p.sex, count(*), sum(v.hours_total) FROM volunteers v "
        "JOIN people p ON p.id = v.person_id WHERE v.silver GROUP BY p.sex"
    )
    found = {(n["sex"], n["count"], float(n["hoursTotal"]["sum"]) * 10) for n in page["nodes"]}
    assert found == {(sex, count, float(hours)) for sex, count, hours in rows}


SIZES = dict(zip(REGIONS, (2, 6, 25), strict=True))
BORN = (date(this_year() - 16, 1, 1), date(this_year() - 20, 12, 31), date(this_year() - 70, 6, 1))


def invented(seed: int) -> dict[Kind, int]:
    chance, found = Random(seed), {}
    for (region, size), sex, born in product(SIZES.items(), Sex, BORN):
        found[Kind(region, sex=sex, birth_date=born)] = chance.randrange(2 * size)
    return found


def members(kinds: list[Kind], regions: Iterable[str], by: Iterable[str], key: Keys) -> list[int]:
    """The numbers of the kinds that a group counts."""
    found = []
    for i, kind in enumerate(kinds):
        values = {"region": kind.region, "sex": kind.sex, "age_band": band_of(kind.birth_date)}
        if kind.region in regions and tuple(values[name] for name in by) == key:
            found.append(i)
    return found


@pytest.mark.parametrize("seed", range(3))
async def test_an_attacker_who_subtracts_groups_under_every_filter_recovers_nothing(
    database: str, seed: int
) -> None:
    numbers = invented(seed)
    await register(numbers)
    kinds, truth = list(numbers), list(numbers.values())
    told, hidden = [], set()
    listed = [members(kinds, [region], (), ()) for region in REGIONS]
    for filter_, by in product(FILTERS, subsets()):
        found = await groups(text(by, filter_), by)
        for key, count in found.items():
            cell = members(kinds, FILTERS[filter_], by, key)
            if count is None:
                hidden.add(tuple(cell))
            else:
                assert count == sum(truth[i] for i in cell) >= THRESHOLD
                told.append(cell)
        for sex, band, region in product(Sex, map(band_of, BORN), REGIONS):
            values = {"region": region, "sex": sex, "age_band": band}
            key = tuple(values[name] for name in by)
            if key not in found:
                told.append(members(kinds, FILTERS[filter_], by, key))  # no volunteer
    few = [list(cell) for cell in hidden if 0 < sum(truth[i] for i in cell) < THRESHOLD]
    assert few
    before = spread(truth, listed, few, THRESHOLD)
    after = spread(truth, [*listed, *told], few, THRESHOLD)
    for cell, most, width in zip(few, before, after, strict=True):
        assert width >= min(THRESHOLD, most), [kinds[i] for i in cell]


@pytest.mark.parametrize("caller", ["analyst", "registrar"])
@pytest.mark.parametrize("order", ["", "orderBy: [{ field: SEX, direction: DESC }]"])
async def test_pages_hold_each_group_once_forwards_and_backwards(
    database: str, caller: str, order: str
) -> None:
    await register(invented(1))
    who = AS_REGISTRAR if caller == "registrar" else {}
    by = ("region", "sex", "age_band")
    whole = (await ask(text(by, more=order), **who))["volunteers"]["groups"]["nodes"]
    for size, back in product((2, 5), (False, True)):
        found: list[Any] = []
        cursor = ""
        while True:
            first, after = ("last", "before") if back else ("first", "after")
            more = f"{first}: {size} {order} {f'{after}: {chr(34)}{cursor}{chr(34)}' if cursor else ''}"
            page = (await ask(text(by, more=more), **who))["volunteers"]["groups"]
            assert page["totalCount"] == len(whole)
            found = [*page["nodes"], *found] if back else [*found, *page["nodes"]]
            cursor = page["pageInfo"]["startCursor" if back else "endCursor"]
            if len(page["nodes"]) < size or len(found) == len(whole):
                break
        assert found == whole


async def test_two_cursors_give_the_groups_between_them(database: str) -> None:
    await register(invented(1))
    query = """{ volunteers { groups(by: [SEX, AGE_BAND] %s) {
      edges { cursor node { sex ageBand count } } totalCount } } }"""
    whole = (await ask(query % ""))["volunteers"]["groups"]["edges"]
    after, before = (f'"{whole[place]["cursor"]}"' for place in (1, -2))
    for size, kept in (("", whole[2:-2]), ("first: 2", whole[2:4]), ("last: 2", whole[-4:-2])):
        page = await ask(query % f"after: {after} before: {before} {size}")
        assert page["volunteers"]["groups"] == {"edges": kept, "totalCount": len(whole)}


async def test_conditions_show_only_counts_that_are_shown_without_them(database: str) -> None:
    await register(invented(2))
    by = ("region", "sex", "age_band")
    shown = {key: n for key, n in (await groups(text(by), by)).items() if n is not None}
    for least in range(1, 30):
        for having, holds in (
            (f"range: {{ min: {least} }}", [k for k, n in shown.items() if n >= least]),
            (f"range: {{ max: {least} }}", [k for k, n in shown.items() if n <= least]),
            (f"eq: {least}", [k for k, n in shown.items() if n == least]),
            (f"ne: {least}", [k for k, n in shown.items() if n != least]),
        ):
            query = text(by, more=f"having: {{ count: {{ {having} }} }}")
            assert set(await groups(query, by)) == set(holds)


REJECTED = {
    "filter": [
        text(["sex"], "{ status: { eq: ACTIVE } }"),
        text(["age_band"], '{ registeredOn: { range: { min: "2025-01-01" } } }'),
        text(["sex"], '{ or: [{ region: { code: { eq: "KZ-10" } } }, { silver: { eq: true } }] }'),
        text(["sex"], "{ organisation: { kind: { eq: SCHOOL } } }"),
        text(["sex"], "{ hoursTotal: { range: { min: 400 } } }"),
    ],
    "by": [text(["sex", name]) for name in ("organisation", "silver", "registered_month")]
    + [
        "{ organisations(first: 1) { nodes { volunteers { groups(by: [SEX]) "
        "{ nodes { count } } } } } }"
    ],
    "having": [text(["sex"], more='having: { hoursTotal: { sum: { range: { min: "1" } } } }')],
    "orderBy": [text(["sex"], more="orderBy: { field: HOURS_TOTAL_SUM, direction: ASC }")],
}


@pytest.mark.parametrize(
    ("place", "query"), [(place, query) for place, some in REJECTED.items() for query in some]
)
async def test_what_is_not_on_the_closed_list_is_rejected_with_its_place(
    nation: str, place: str, query: str
) -> None:
    error = await refuse(query)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": place}
    assert error["path"][-1] == "groups"
    assert "filter by region" in error["message"]
    # With the scope, but no purpose, it is the same.
    assert (await refuse(query, caller=REGISTRAR))["extensions"] == error["extensions"]
    await ask(query, **AS_REGISTRAR)


async def test_ids_are_not_on_the_closed_list(nation: str) -> None:
    ids = (await ask("{ volunteers(first: 1) { nodes { id } } }"))["volunteers"]["nodes"]
    error = await refuse(text(["sex"], f'{{ id: {{ eq: "{ids[0]["id"]}" }} }}'))
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "filter"}


async def test_measures_of_protected_groups_are_null(nation: str) -> None:
    query = text(["sex"], inner="hoursTotal { sum avg min max }")
    nodes = (await ask(query))["volunteers"]["groups"]["nodes"]
    assert nodes
    assert {tuple(node["hoursTotal"].values()) for node in nodes} == {(None,) * 4}


async def test_a_caller_of_a_region_counts_its_volunteers_and_one_person_cannot(
    database: str,
) -> None:
    await register(invented(0))
    of_region = replace(ANALYST, region="KZ-62")
    by = ("region", "sex", "age_band")
    everything = await groups(text(by), by)
    own = {key: n for key, n in everything.items() if key[0] == "KZ-62"}
    assert await groups(text(by), by, caller=of_region) == own
    nested = '{ region(by: { code: "KZ-62" }) { volunteers { groups(by: [SEX, AGE_BAND]) '
    nodes = (await ask(nested + "{ nodes { sex ageBand count } } } } }"))["region"]["volunteers"]
    found = {("KZ-62", n["sex"], n["ageBand"]): n["count"] for n in nodes["groups"]["nodes"]}
    assert found == own
    alone = replace(ANALYST, person="019ab000-0000-4000-8000-000000000001")
    error = await refuse(text(["sex"]), caller=alone)
    assert error["extensions"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(("caller", "purpose"), [(ANALYST, None), (REGISTRAR, "REGISTRATION")])
async def test_only_exact_groups_are_recorded(
    nation: str, caller: Principal, purpose: str | None
) -> None:
    context = Context(Language.EN, KEY, caller, purpose=purpose)
    result = await engine().execute(text(["region", "age_band"]), {}, context)
    assert result.errors is None
    assert bool(context.loaders.scope.read) == bool(purpose)
    assert context.ledger.identifying == (
        {"Volunteer.person", "Person.birthDate"} if purpose else set()
    )


def test_cached_responses_differ_by_purpose() -> None:
    """Exact and suppressed counts of one caller must not share a response."""
    request = PlainRequest("POST", text(["sex"]), None, None, Language.EN, None)
    stated = replace(request, purpose="REGISTRATION")
    assert _key(request, REGISTRAR) != _key(stated, REGISTRAR)
