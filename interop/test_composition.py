"""The schema and a partner's compose to one graph without hints."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interop.packages import Packages
from schema import SDL

PARTNER = Path(__file__).parents[1] / "examples/partner-subgraph/schema.graphql"
COMPOSERS = ("@apollo/composition", "@theguild/federation-composition")


@pytest.fixture(scope="module")
def packages() -> Packages:
    """Return both composers."""
    return Packages("composition")


def compose(packages: Packages, partner: Path) -> Any:
    """Return each composer's errors, hints and supergraph."""
    text = packages.run("compose.mjs", f"erikti={SDL}", f"registry={partner}")
    return json.loads(text)


@pytest.mark.claim("schema.graphql and a partner's subgraph compose without a hint or warning")
@pytest.mark.parametrize("composer", COMPOSERS)
def test_the_subgraphs_compose_without_a_hint(
    packages: Packages, proven: Callable[..., None], composer: str
) -> None:
    composed = compose(packages, PARTNER)[composer]
    assert composed["errors"] == composed["hints"] == []
    assert "servesWithoutVisa" in composed["supergraph"]
    assert "hoursTotal" in composed["supergraph"]
    proven(composer, packages.version(composer), "0 errors, 0 hints")


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
