"""The schema and a partner's compose to one graph without hints."""

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema, parse

from erikti.auth.scopes import Scope
from interop.packages import Packages
from schema import SDL, schema

PARTNER = Path(__file__).parents[1] / "examples/partner-subgraph/schema.graphql"
STRICT = ("@apollo/composition", "@theguild/federation-composition")
# WunderGraph's gives hints for schemas of one subgraph too, such as for @oneOf with one member.
COMPOSERS = (*STRICT, "@wundergraph/composition")
# Apollo composes contracts in its platform only.
CONTRACTORS = ("@theguild/federation-composition", "@wundergraph/composition")
TAG = re.compile(r'@tag\(name: "\w+"\)')
TWIN = Path(__file__).parent / "composition/partner.graphql"
COMMON = {
    *("DateRange", "StringFilter", "IntFilter", "OrderDirection", "SortOrder", "Language"),
    *("Date", "DateTime", "JSON", "PageInfo", "Money", "Node"),
}


@pytest.fixture(scope="module")
def packages() -> Packages:
    """Return the composers."""
    return Packages("composition")


def compose(packages: Packages, *partners: Path) -> Any:
    """Return each composer's errors, hints and supergraph."""
    others = (f"registry={partner}" for partner in partners)
    return json.loads(packages.run("compose.mjs", f"erikti={SDL}", *others))


@pytest.fixture(scope="module")
def alone(packages: Packages) -> Any:
    """Return what each composer makes of the schema without a partner."""
    return compose(packages)


def members(text: str) -> set[str]:
    """Return the fields, members and values of all types that SDL defines."""
    found = set()
    for node in parse(text).definitions:
        name = getattr(getattr(node, "name", None), "value", "")
        for part in (*getattr(node, "fields", ()), *getattr(node, "values", ())):
            found.add(f"{name}.{part.name.value}")
    return {member for member in found if not member.startswith(("_", "link__"))}


@pytest.mark.claim("schema.graphql and a partner's subgraph compose without a hint or warning")
@pytest.mark.parametrize("composer", STRICT)
def test_the_subgraphs_compose_without_a_hint(
    packages: Packages, proven: Callable[..., None], composer: str
) -> None:
    composed = compose(packages, PARTNER)[composer]
    assert composed["errors"] == composed["hints"] == []
    assert "servesWithoutVisa" in composed["supergraph"]
    assert "hoursTotal" in composed["supergraph"]
    proven(composer, packages.version(composer), "0 errors, 0 hints")


@pytest.mark.claim(
    "A partner with twelve common names of types adds no error and no hint, and no field is lost"
)
@pytest.mark.parametrize("composer", COMPOSERS)
def test_a_partner_may_have_the_names_that_everybody_chooses(
    packages: Packages, alone: Any, proven: Callable[..., None], composer: str
) -> None:
    partner = TWIN.read_text(encoding="utf-8")
    defined = set(re.findall(r"^(?:enum|input|interface|scalar|type) (\w+)", partner, re.MULTILINE))
    assert defined >= COMMON
    composed = compose(packages, TWIN)[composer]
    assert composed["errors"] == []
    assert composed["hints"] == alone[composer]["hints"]
    ours = members(SDL.read_text(encoding="utf-8"))
    lost = (ours | members(partner)) - members(composed["supergraph"])
    assert {member for member in lost if not member.startswith("Query._")} == set()
    proven(
        composer,
        packages.version(composer),
        f"{len(COMMON)} names, no error, no added hint, no lost field",
    )


@pytest.mark.claim("@tag reaches the supergraph at every place")
@pytest.mark.parametrize("composer", COMPOSERS)
def test_tags_are_composed(alone: Any, packages: Packages, proven: Any, composer: str) -> None:
    ours = Counter(TAG.findall(SDL.read_text(encoding="utf-8")))
    assert len(ours) == 2
    assert Counter(TAG.findall(alone[composer]["supergraph"])) == ours
    proven(composer, packages.version(composer), f"{ours.total()} tags")


def test_one_composer_drops_what_the_subgraph_still_checks(alone: Any) -> None:
    """``tests/schema/test_look_ups.py`` sends such look-ups to the subgraph (decision 0021)."""
    key = re.compile(r"^input \w+By .*@oneOf", re.MULTILINE)
    keys = len(key.findall(SDL.read_text(encoding="utf-8")))
    kept = {name: len(key.findall(made["supergraph"])) for name, made in alone.items()}
    assert keys > 20
    assert kept == dict.fromkeys(COMPOSERS, keys) | {"@apollo/composition": 0}


def contract(packages: Packages, composer: str, action: str, tag: str) -> list[frozenset[Scope]]:
    """Return what the fields of a contract's schema need, each the scopes that it requires."""
    given = (f"erikti={SDL}", f"registry={PARTNER}")
    found = json.loads(packages.run("contract.mjs", action, tag, *given))[composer]
    assert found["errors"] == []
    api = build_schema(found["api"])
    return [
        schema.permissions.scopes(type_.name, name)
        for type_ in api.type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        for name in type_.fields
        if not type_.name.startswith("__")
    ]


@pytest.mark.claim("a contract that includes `public`, or excludes `personal`, is a valid schema")
@pytest.mark.parametrize("composer", CONTRACTORS)
def test_contracts_by_tag_are_valid(packages: Packages, proven: Any, composer: str) -> None:
    public = contract(packages, composer, "include", "public")
    assert len(public) > 300
    assert not any(public)
    open_ = contract(packages, composer, "exclude", "personal")
    assert len(open_) > len(public)
    assert not any(Scope.PEOPLE_READ in scopes for scopes in open_)
    result = f"{len(public)} public fields, {len(open_)} without personal"
    proven(composer, packages.version(composer), result)


@pytest.mark.parametrize("composer", COMPOSERS)
def test_the_node_interface_stays_open_to_everybody(packages: Packages, composer: str) -> None:
    supergraph = compose(packages, PARTNER)[composer]["supergraph"]
    (node,) = [line for line in supergraph.split("\n\n") if "interface Node" in line]
    assert "requiresScopes" not in node


def test_what_a_partner_does_wrong_is_told(packages: Packages, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.graphql"
    text = PARTNER.read_text(encoding="utf-8")
    wrong.write_text(text.replace('fields: "cisStatus"', 'fields: "status"'), encoding="utf-8")
    for composed in compose(packages, wrong).values():
        assert any("servesWithoutVisa" in error for error in composed["errors"])
    hinting = text.replace('"Whether it was made out now', '"Made out now').replace(
        "enum CountryCisStatus {", "enum Unused { ONE }\nenum CountryCisStatus {"
    )
    wrong.write_text(hinting, encoding="utf-8")
    assert compose(packages, wrong)["@apollo/composition"]["hints"]
