"""Scalars keep the specification that they name; instants and decimals have one form."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLScalarType, get_named_type, is_specified_scalar_type

from erikti.guard.budget import Remaining
from models.people import Language
from resolvers.context import Context
from schema.building.scalars import PAGE
from tests.schema.lists import ROOTS
from tests.schema.walk import GRAPH
from tests.support.queries import AS_REGISTRAR, KEY, ask, engine, refuse

SCALARS = {
    name: type_
    for name, type_ in GRAPH.type_map.items()
    if isinstance(type_, GraphQLScalarType)
    and not is_specified_scalar_type(type_)
    and not name.startswith(("_", "link__"))
}
#: The forms that responses have.
WRITTEN = {
    "Date": re.compile(r"\d{4}-\d\d-\d\d"),
    "DateTime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "Decimal": re.compile(r"-?\d+(\.\d+)?"),
    "CountryCode": re.compile(r"[A-Z]{2}"),
    "RegionCode": re.compile(r"KZ-\d\d"),
    "CurrencyCode": re.compile(r"[A-Z]{3}"),
}
VALID: dict[str, tuple[Any, ...]] = {
    "Date": ("2026-01-31", "2024-02-29", "0001-01-01", "9999-12-31"),
    "DateTime": (
        "2023-12-24T15:30:00Z",
        "2023-12-24t15:30:00z",
        "2023-12-24T15:30:00+00:00",
        "2023-12-24T15:30:00-05:00",
        "2023-12-24T15:30:00.123Z",
        "2023-12-24T15:30:00.123456+23:59",
    ),
    "Decimal": ("0", "12.50", "-0.5", "+1", "1e3", ".5", 12, 1.5),
    "CountryCode": ("KZ", "ZZ"),
    "RegionCode": ("KZ-75", "KZ-00"),
    "CurrencyCode": ("KZT", "XXX"),
}
INVALID: dict[str, tuple[Any, ...]] = {
    "Date": (
        "2025-02-30",
        "2025-W01-1",
        "2025-001",
        "20250101",
        "2025-1-01",
        "２０２５-01-01",
        5,
        "",
    ),
    "DateTime": (
        "2023-12-24T15:30:00",
        "2023-12-24 15:30:00Z",
        "2023-12-24",
        "15:30:00Z",
        "2023-13-01T00:00:00Z",
        "2023-12-32T00:00:00Z",
        "2023-12-24T15:30Z",
        "2023-12-24T24:00:00Z",
        "2023-12-24T15:60:00Z",
        "2023-02-30T15:30:00Z",
        "2023-12-24T15:30:00+24:00",
        "2023-12-24T15:30:00+05",
        "2023-12-24T15:30:00+05:00:00",
        "2023-12-24T15:30:00.1234567Z",
        "2023-12-24T15:30:00.1234567890Z",
        "2023-12-24T15:30:00 UTC",
        1703431800,
    ),
    "Decimal": ("NaN", "Infinity", "1_0", "1,5", "", " 1", "0x1", "１", True),
    "CountryCode": ("  ", "U1", "kz", "KAZ", "K", "ҚЗ", 7),
    "RegionCode": ("KZ-7", "KZ-7A", "kz-75", "KG-75", "KZ 75", "Almaty", "     "),
    "CurrencyCode": ("   ", "US1", "kzt", "KZ", "KZTT", 398),
}


def test_every_scalar_is_tried() -> None:
    assert set(WRITTEN) == set(VALID) == set(INVALID) == set(SCALARS)


def test_each_scalar_names_a_specification_or_our_page() -> None:
    page = Path(__file__).parents[2] / "docs" / PAGE.rpartition("/")[2]
    text = page.read_text(encoding="utf-8")
    for name, type_ in SCALARS.items():
        url = type_.specified_by_url or ""
        assert url == PAGE or re.match(r"https://(scalars\.graphql\.org|www\.iso\.org)/", url), name
        assert f"| `{name}` |" in text


@pytest.mark.parametrize(("name", "given"), [(n, v) for n, some in VALID.items() for v in some])
def test_what_the_specification_allows_is_accepted(name: str, given: Any) -> None:
    type_ = SCALARS[name]
    assert WRITTEN[name].fullmatch(type_.serialize(type_.parse_value(given)))


@pytest.mark.parametrize(("name", "given"), [(n, v) for n, some in INVALID.items() for v in some])
def test_what_the_specification_forbids_is_rejected(name: str, given: Any) -> None:
    with pytest.raises(ValueError, match=r"is expected|: write it "):
        SCALARS[name].parse_value(given)


@pytest.mark.parametrize("given", ['"  "', '"U1"', '"kz"'])
async def test_a_code_that_is_none_is_rejected_with_what_is_expected(given: str) -> None:
    query = f"{{ organisations {{ totalCount }} countries {{ code }} forums(filter: {{ hostCountry: {{ code: {{ eq: {given} }} }} }}) {{ totalCount }} }}"
    error = await refuse(query)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "two capital letters such as KZ is expected" in error["message"]


def leaves(type_: Any, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the fields of a type with these scalars, and how to select each."""
    for name, field in type_.fields.items():
        target = get_named_type(field.type)
        if field.args and name != "groups":
            continue
        if target.name in names:
            yield name, name
        elif isinstance(target, GraphQLObjectType) and target.name in ("Money", "Period"):
            for inner, _ in leaves(target, names):
                yield f"{name}.{inner}", f"{name} {{ {inner} }}"


def at(record: Any, path: str) -> Any:
    """Return the value at a path."""
    for name in path.split("."):
        record = record[name]
    return record


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("root", ROOTS.values())
async def test_values_have_the_form_of_their_scalar_and_as_many_decimals_as_their_neighbours(
    root: str,
) -> None:
    assert GRAPH.query_type is not None
    page: Any = get_named_type(GRAPH.query_type.fields[root].type)
    record: Any = get_named_type(page.fields["nodes"].type)
    for scalar, form in WRITTEN.items():
        for path, selected in leaves(record, (scalar,)):
            data = await ask(
                f"{{ {root}(first: 100) {{ nodes {{ {selected} }} }} }}", **AS_REGISTRAR
            )
            values = [at(node, path) for node in data[root]["nodes"]]
            written = [value for value in values if value is not None]
            assert [value for value in written if not form.fullmatch(value)] == []
            if scalar == "Decimal":
                assert len({len(value.partition(".")[2]) for value in written}) <= 1, path


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("root", ROOTS.values())
async def test_numbers_of_groups_have_as_many_decimals_as_the_field(root: str) -> None:
    assert GRAPH.query_type is not None
    page: Any = get_named_type(GRAPH.query_type.fields[root].type)
    if "groups" not in page.fields:
        return
    groups: Any = get_named_type(get_named_type(page.fields["groups"].type).fields["nodes"].type)
    values = get_named_type(page.fields["groups"].args["by"].type).values
    # Amounts of several currencies have no sum.
    by = "CURRENCY" if "CURRENCY" in values else next(iter(values))
    for name, field in groups.fields.items():
        if get_named_type(field.type).name != "EriktiMeasures":
            continue
        text = (
            f"{{ {root} {{ groups(by: [{by}]) {{ nodes {{ {name} {{ sum avg min max }} }} }} }} }}"
        )
        found = (await ask(text, **AS_REGISTRAR))[root]["groups"]["nodes"]
        digits = {
            function: {len(v.partition(".")[2]) for g in found if (v := g[name][function])}
            for function in ("sum", "avg", "min", "max")
        }
        assert digits["sum"] == digits["min"] == digits["max"]
        assert {places + 4 for places in digits["sum"]} == digits["avg"]


async def test_the_callers_quota_has_the_same_instants() -> None:
    context = Context(Language.KK, KEY)
    context.spent.left = Remaining(limit=100, remaining=70, ends=time.monotonic() + 60)
    query = "{ viewer { budget { resetsAt } } }"
    found: Any = await engine().execute(query, context_value=context)
    instant = found.data["viewer"]["budget"]["resetsAt"]
    assert WRITTEN["DateTime"].fullmatch(instant)
    assert instant == context.spent.left.instant
