"""Filters match exactly the expected records, and invalid ones are rejected."""

from collections.abc import Callable
from typing import Any

import pytest

from models.people import Language
from tests.support.queries import AS_REGISTRAR, ask, refuse

pytestmark = pytest.mark.usefixtures("open_nation")
Record = dict[str, Any]
GRANTS = """{ grants(first: 100, filter: %s) { totalCount nodes {
    id status awardedOn amount { amount currency }
    recipient { __typename ... on Organisation { kind region { code } } } project { id } } } }"""
PROJECTS = """{ projects(first: 100, filter: %s) { totalCount nodes {
    id status fieldsOfWork startsOn endsOn region { code kind }
    sustainableDevelopmentGoals { number } } } }"""
NOMINATIONS = "{ nominations(first: 100, filter: %s) { totalCount nodes { id votes stage } } }"
ORGANISATIONS = """{ organisations(first: 100, filter: %s) { totalCount nodes {
    id kk: name(language: KK) ru: name(language: RU) en: name(language: EN) } } }"""
FRONT_OFFICES = (
    "{ frontOffices(first: 100, filter: %s) { totalCount nodes { id region { kind } } } }"
)
ENQUIRIES = "{ enquiries(first: 100, filter: %s) { totalCount nodes { id resolvedAt } } }"
CASES: list[tuple[str, str, Callable[[Record], bool]]] = [
    (GRANTS, "{ status: { eq: COMPLETED } }", lambda r: r["status"] == "COMPLETED"),
    (GRANTS, "{ status: { ne: COMPLETED } }", lambda r: r["status"] != "COMPLETED"),
    (
        GRANTS,
        "{ status: { in: [COMPLETED, ACTIVE] } }",
        lambda r: r["status"] in ("COMPLETED", "ACTIVE"),
    ),
    (
        GRANTS,
        '{ awardedOn: { range: { min: "2024-03-01", max: "2025-06-30" } } }',
        lambda r: "2024-03-01" <= r["awardedOn"] <= "2025-06-30",
    ),
    (
        GRANTS,
        '{ amount: { amount: { range: { min: "900000.5" } } } }',
        lambda r: float(r["amount"]["amount"]) >= 900000.5,
    ),
    (
        GRANTS,
        "{ recipient: { person: { isNull: false } } }",
        lambda r: r["recipient"]["__typename"] == "Person",
    ),
    (
        GRANTS,
        "{ recipient: { organisation: { kind: { eq: STUDENT } } } }",
        lambda r: r["recipient"].get("kind") == "STUDENT",
    ),
    (
        GRANTS,
        '{ recipient: { organisation: { region: { code: { in: ["KZ-75", "KZ-71"] } } } } }',
        lambda r: r["recipient"].get("region", {}).get("code") in ("KZ-75", "KZ-71"),
    ),
    (
        GRANTS,
        "{ not: { recipient: { organisation: { kind: { eq: STUDENT } } } } }",
        lambda r: r["recipient"].get("kind") != "STUDENT",
    ),
    (
        GRANTS,
        "{ or: [{ status: { eq: ACTIVE } }, { and: [{ status: { eq: COMPLETED } }, "
        '{ awardedOn: { range: { max: "2022-12-31" } } }] }] }',
        lambda r: (
            r["status"] == "ACTIVE"
            or (r["status"] == "COMPLETED" and r["awardedOn"] <= "2022-12-31")
        ),
    ),
    (
        PROJECTS,
        "{ fieldsOfWork: { contains: ECOLOGY } }",
        lambda r: "ECOLOGY" in r["fieldsOfWork"],
    ),
    (
        PROJECTS,
        "{ fieldsOfWork: { containsAny: [ECOLOGY, SPORT] } }",
        lambda r: bool({"ECOLOGY", "SPORT"} & set(r["fieldsOfWork"])),
    ),
    (
        PROJECTS,
        "{ sustainableDevelopmentGoals: { contains: 4 } }",
        lambda r: 4 in [goal["number"] for goal in r["sustainableDevelopmentGoals"]],
    ),
    (NOMINATIONS, "{ votes: { isNull: true } }", lambda r: r["votes"] is None),
    (NOMINATIONS, "{ votes: { isNull: false } }", lambda r: r["votes"] is not None),
    (
        NOMINATIONS,
        "{ votes: { ne: 0, range: { max: 3000 } } }",
        lambda r: r["votes"] is not None and 0 < r["votes"] <= 3000,
    ),
    (
        NOMINATIONS,
        "{ or: [{ votes: { ne: 1 } }, { stage: { eq: LAUREATE } }], stage: { in: [SCREENING, TOP_TEN] } }",
        lambda r: r["votes"] != 1 and r["stage"] in ("SCREENING", "TOP_TEN"),
    ),
    (
        NOMINATIONS,
        "{ not: { votes: { range: { min: 500 } } } }",
        lambda r: (r["votes"] or 0) < 500,
    ),
    (
        ENQUIRIES,
        '{ resolvedAt: { range: { min: "2025-06-01T00:00:00+05:00" } } }',
        lambda r: (r["resolvedAt"] or "") >= "2025-05-31T19:00:00.000000Z",
    ),
    (
        ENQUIRIES,
        '{ not: { resolvedAt: { range: { min: "2025-06-01T00:00:00Z" } } } }',
        lambda r: (r["resolvedAt"] or "") < "2025-06-01T00:00:00.000000Z",
    ),
    (PROJECTS, "{ region: { kind: { eq: CITY } } }", lambda r: r["region"]["kind"] == "CITY"),
    (FRONT_OFFICES, "{ region: { isNull: true } }", lambda r: r["region"] is None),
    (
        FRONT_OFFICES,
        "{ region: { isNull: false, kind: { eq: CITY } } }",
        lambda r: r["region"] is not None and r["region"]["kind"] == "CITY",
    ),
    (
        FRONT_OFFICES,
        "{ or: [{ region: { isNull: true } }, { region: { kind: { eq: CITY } } }] }",
        lambda r: r["region"] is None or r["region"]["kind"] == "CITY",
    ),
    (
        GRANTS,
        "{ recipient: { person: { isNull: true }, organisation: { kind: { ne: STUDENT } } } }",
        lambda r: r["recipient"].get("kind", "STUDENT") != "STUDENT",
    ),
    (
        GRANTS,
        '{ amount: { amount: { range: { max: "500000" } }, currency: { eq: "KZT" } } }',
        lambda r: float(r["amount"]["amount"]) <= 500000 and r["amount"]["currency"] == "KZT",
    ),
    (
        ORGANISATIONS,
        '{ name: { contains: "клуб" } }',
        lambda r: any("клуб" in r[code].lower() for code in ("kk", "ru", "en")),
    ),
    (
        ORGANISATIONS,
        '{ name: { contains: "клуб", language: RU } }',
        lambda r: "клуб" in r["ru"].lower(),
    ),
    (
        ORGANISATIONS,
        '{ not: { name: { contains: "club" } } }',
        lambda r: not any("club" in r[code].lower() for code in ("kk", "ru", "en")),
    ),
]


@pytest.mark.parametrize(("query", "given", "holds"), CASES, ids=[case[1] for case in CASES])
async def test_a_filter_matches_exactly_the_expected_records(
    query: str, given: str, holds: Callable[[Record], bool]
) -> None:
    everything = await _all(query)
    found = await ask(query % given, **AS_REGISTRAR)
    (page,) = found.values()
    expected = [record for record in everything if holds(record)]
    assert page["totalCount"] == len(expected)
    assert page["nodes"] == expected[:100]
    assert 0 < len(expected) < len(everything)


async def _all(query: str) -> list[Record]:
    """Return all records of a list, page by page."""
    records: list[Record] = []
    field, after = query.split("(", maxsplit=1)[0].strip("{ "), ""
    requested = query.replace(", filter: %s", "").replace(
        "nodes", "pageInfo { hasNextPage endCursor } nodes", 1
    )
    while True:
        page = (await ask(requested.replace("first: 100", f"first: 100 {after}"), **AS_REGISTRAR))[
            field
        ]
        records += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return records
        after = f'after: "{page["pageInfo"]["endCursor"]}"'


async def test_text_is_found_in_upper_and_lower_case_of_every_alphabet() -> None:
    query = "query ($t: String!) { organisations(filter: { name: { contains: $t, language: RU } }) { totalCount } }"
    counts = {
        text: (await ask(query, t=text))["organisations"]["totalCount"]
        for text in ("клуб", "КЛУБ", "Клуб", "klub", "кл", "лу", "клуб%", "жоқ мұндай")
    }
    assert len({counts[text] for text in ("клуб", "КЛУБ", "Клуб", "klub", "клуб%")}) == 1
    assert counts["кл"] >= counts["клуб"] > 0
    assert counts["лу"] == counts["жоқ мұндай"] == 0
    for text in ("", "а", "%_", "аа"):
        error = await refuse(query, t=text)
        assert error["extensions"]["argument"] == "filter.name.contains"
        assert "at least 2 letters" in error["message"]


async def test_a_name_is_compared_in_any_language_or_in_one() -> None:
    (first,) = (await ask(ORGANISATIONS.replace("100, filter: %s", "1")))["organisations"]["nodes"]
    total = (await ask("{ organisations { totalCount } }"))["organisations"]["totalCount"]
    query = "query ($f: OrganisationFilter) { organisations(filter: $f) { totalCount } }"

    async def count(**condition: Any) -> int:
        found: int = (await ask(query, f={"name": condition}))["organisations"]["totalCount"]
        return found

    for code in ("kk", "ru", "en"):
        equal = await count(eq=first[code])
        assert equal >= await count(eq=first[code], language=code.upper()) >= 1
        assert await count(ne=first[code]) == total - equal
        assert await count(**{"in": [first[code], "x"]}) == equal
    assert first["ru"] != first["en"]
    assert await count(eq=first["ru"], language="EN") == 0
    assert await count(isNull=False) == await count(isNull=False, language="RU") == total
    assert await count(isNull=True) == await count(isNull=True, language="KK") == 0


async def test_names_sort_by_the_language_of_the_caller_or_of_the_term() -> None:
    query = "{ organisations(first: 50, orderBy: { field: NAME%s }) { nodes { id } } }"
    by = {
        code: (await ask(query % f", language: {code.upper()}"))["organisations"]["nodes"]
        for code in Language
    }
    assert len({str(found) for found in by.values()}) == 3
    for code in Language:
        assert (await ask(query % "", language=code))["organisations"]["nodes"] == by[code]


async def test_a_language_is_rejected_where_there_is_no_text() -> None:
    order = "[{ field: NAME }, { field: REGISTERED_ON, language: KK }]"
    error = await refuse(f"{{ organisations(orderBy: {order}) {{ totalCount }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "orderBy.1.language"}
    assert "REGISTERED_ON has no language" in error["message"]


async def test_records_are_found_by_their_ids() -> None:
    nodes = (await ask("{ organisations(first: 3) { nodes { id } } }"))["organisations"]["nodes"]
    wanted = [node["id"] for node in nodes[:2]]
    query = "query ($ids: [ID!]) { organisations(filter: { id: { in: $ids } }) { nodes { id } } }"
    found = (await ask(query, ids=wanted))["organisations"]["nodes"]
    assert [node["id"] for node in found] == wanted


@pytest.mark.parametrize(
    ("given", "argument", "words"),
    [
        ('{ id: { eq: "UmVnaW9uOktaLTc1" } }', "filter.id.eq", "of type Region, not Volunteer"),
        ('{ id: { in: ["x"] } }', "filter.id.in.0", "not a valid ID"),
        ("{ or: [] }", "filter.or", "at least one"),
        (
            "{ organisation: { name: { language: KK } } }",
            "filter.organisation.name",
            "besides the language",
        ),
        (
            "{ organisation: { or: [{ isNull: true }] } }",
            "filter.organisation.or.0.isNull",
            "directly in the filter of a relation",
        ),
        (
            "{ organisation: { not: { isNull: false } } }",
            "filter.organisation.not.isNull",
            "directly in the filter of a relation",
        ),
        ("{ status: { eq: null } }", "filter.status.eq", "null is not a condition"),
        ("{ status: { in: null } }", "filter.status.in", "use isNull, or omit it"),
        ("{ or: null }", "filter.or", "null is not a condition: omit it"),
        (
            "{ fieldsOfWork: { contains: null } }",
            "filter.fieldsOfWork.contains",
            "null is not a condition",
        ),
        (
            "{ not: { not: { not: { not: { not: { silver: { eq: true } } } } } } }",
            "filter.not.not.not.not.not",
            "at most 5 levels",
        ),
        (
            '{ organisation: { region: { not: { not: { not: { code: { eq: "KZ-75" } } } } } } }',
            "filter.organisation.region.not.not.not",
            "at most 5 levels",
        ),
        (
            '{ hoursTotal: { eq: "1.55" } }',
            "filter.hoursTotal.eq",
            "at most 1 decimal places",
        ),
        (
            '{ hoursTotal: { range: { max: "1e30" } } }',
            "filter.hoursTotal.range.max",
            "too large",
        ),
        (
            '{ hoursTotal: { eq: "1e999999" } }',
            "filter.hoursTotal.eq",
            "too many digits",
        ),
        (
            '{ hoursTotal: { eq: "1.00000000000000000000000000000000001" } }',
            "filter.hoursTotal.eq",
            "too many digits",
        ),
        (
            '{ organisation: { name: { contains: "a\\u0000b" } } }',
            "filter.organisation.name.contains",
            "control or surrogate character",
        ),
    ],
)
async def test_invalid_filters_are_rejected(given: str, argument: str, words: str) -> None:
    error = await refuse(f"{{ volunteers(filter: {given}) {{ totalCount }} }}")
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": argument}
    assert words in error["message"]


@pytest.mark.usefixtures("generous")
async def test_a_list_of_values_is_bounded() -> None:
    query = "query ($ids: [ID!]) { people(filter: { id: { in: $ids } }) { totalCount } }"
    error = await refuse(query, ids=["x"] * 251)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "argument": "filter.id.in"}
    assert "at most 250 values" in error["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{ volunteers(filter: { status: { eq: SLEEPING } }) { totalCount } }", "SLEEPING"),
        (
            '{ volunteers(filter: { registeredOn: { eq: "2025-02-30" } }) { totalCount } }',
            "not a calendar date",
        ),
        (
            '{ volunteers(filter: { registeredOn: { eq: "soon" } }) { totalCount } }',
            "not a calendar date",
        ),
        (
            "{ volunteers(filter: { registeredOn: { eq: 5 } }) { totalCount } }",
            "not a calendar date",
        ),
        (
            '{ enquiries(filter: { openedAt: { eq: "2025-01-01T00:00:00" } }) { totalCount } }',
            "with its offset",
        ),
        (
            '{ volunteers(filter: { registeredOn: { eq: "2025-W01-1" } }) { totalCount } }',
            "not a calendar date: write it as YYYY-MM-DD",
        ),
        (
            '{ enquiries(filter: { openedAt: { eq: "0001-01-01T00:00:00+14:00" } }) { totalCount } }',
            "not an instant",
        ),
        *(
            (
                f'{{ enquiries(filter: {{ openedAt: {{ eq: "{text}" }} }}) {{ totalCount }} }}',
                "not an instant",
            )
            for text in ("2025-01-01T00:00Z", "2025-W01-1T00:00:00Z", "20250101T000000Z")
        ),
        (
            f"{{ volunteers(first: {'9' * 5000}) {{ totalCount }} }}",
            "This value cannot be read.",
        ),
        ('{ volunteers(filter: { hoursTotal: { eq: "NaN" } }) { totalCount } }', "not a decimal"),
        ('{ volunteers(filter: { hoursTotal: { eq: "1_0" } }) { totalCount } }', "not a decimal"),
        ('{ volunteers(filter: { region: { code: { eq: "Almaty" } } }) { totalCount } }', "KZ-75"),
        ("{ volunteers(filter: { iin: { eq: 1 } }) { totalCount } }", "iin"),
        ("{ volunteers { nodes { id }", "Syntax Error"),
        ("{ volunteers }", "subfields"),
        ("{ statistics(year: 99999999999) { year } }", "32-bit"),
    ],
)
async def test_invalid_documents_are_rejected_with_a_code_and_a_place(
    query: str, words: str
) -> None:
    error = await refuse(query)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["locations"]
    assert words in error["message"]
