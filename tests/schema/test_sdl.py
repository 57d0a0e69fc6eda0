"""The committed SDL is current, fully described and compatible with the last release."""

import re
from datetime import date

import pytest
from graphql import build_schema
from graphql.utilities import find_breaking_changes

from schema import RELEASED, SDL, schema
from schema.engine.api_schema import api_sdl
from schema.engine.deprecations import without_expired
from tests.schema.walk import described
from tests.support.processes import erikti

GRAPH = schema._schema


def printed() -> str:
    return schema.subgraph() + "\n"


def test_the_committed_sdl_is_current() -> None:
    assert SDL.read_text(encoding="utf-8") == printed(), "run make docs"


def test_nothing_breaks_clients_of_the_last_release() -> None:
    kept = without_expired(RELEASED.read_text(encoding="utf-8"), date.today())
    released = build_schema(kept, assume_valid_sdl=True)
    current = build_schema(printed(), assume_valid_sdl=True)
    assert [change.description for change in find_breaking_changes(released, current)] == []


@pytest.mark.usefixtures("processes")
def test_clients_see_no_federation_and_nothing_else_is_missing() -> None:
    seen = build_schema(api_sdl(GRAPH))
    hidden = set(GRAPH.type_map) - set(seen.type_map)
    for name in hidden:
        assert name.startswith(("_", "link__")), name
    assert set(seen.type_map) <= set(GRAPH.type_map)
    for name, type_ in seen.type_map.items():
        fields = getattr(GRAPH.get_type(name), "fields", {})
        missing = set(fields) - set(getattr(type_, "fields", {}))
        assert missing == ({"_entities", "_service"} if name == "Query" else set())
    found = erikti("sdl", "--api")
    assert (found.returncode, found.stdout) == (0, api_sdl(GRAPH))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  silver: Boolean!", "  grey: Boolean!"),
        ("  hoursTotal: Decimal! ", "  hoursTotal: Int! "),
        ("  ATTENDED\n", "  VISITED\n"),
    ],
)
def test_a_breaking_change_would_be_found(old: str, new: str) -> None:
    assert old in printed()
    released = build_schema(printed(), assume_valid_sdl=True)
    changed = build_schema(printed().replace(old, new), assume_valid_sdl=True)
    assert find_breaking_changes(released, changed)


def test_everything_is_described() -> None:
    parts = dict(described())
    assert [name for name, text in parts.items() if not text] == []
    assert len(parts) > 1000


def test_lists_have_bounds_and_scalars_a_standard() -> None:
    for name in ("Date", "DateTime", "Decimal", "CountryCode", "RegionCode", "CurrencyCode"):
        type_ = GRAPH.get_type(name)
        assert getattr(type_, "specified_by_url", None), name


def test_cache_hints_are_not_in_the_sdl() -> None:
    """Gateways follow the header, so hints of other subgraphs cannot contradict them."""
    assert "cachecontrol" not in printed().lower()


def test_a_partner_may_describe_what_both_subgraphs_define() -> None:
    text = printed()
    for line in ("type Money @", "type PageInfo @", "type Period @", "interface Node @"):
        before, _, after = text.partition(f"\n{line}")
        assert before.rpartition("\n")[2].startswith("# ")
        assert '"""' not in after.partition("\n}\n")[0]
    for name in ("Date", "DateTime", "Decimal", "CurrencyCode"):
        assert re.search(rf"\n# [A-Z].*\n# Specified by https://.*\nscalar {name} @", text)
    known = build_schema(text, assume_valid_sdl=True)
    described = {name for name, type_ in known.type_map.items() if type_.description}
    assert {"Volunteer", "EriktiDateFilter", "RegionCode"} <= described
