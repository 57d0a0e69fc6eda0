"""The consents of the generated delegates: every case, for every state, on any later day."""

from collections import Counter
from datetime import date, timedelta

import pytest

from erikti.demo.build import build
from erikti.demo.cis_forum import STATES
from erikti.demo.consents import LAST_DAY
from erikti.demo.nation import PUBLISHED_ON, Nation, Row
from models.cis_forum import Delegate
from models.people import Consent, Purpose
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.people import Consented
from tests.demo.counting import rows_of

GUESTS = set(STATES) - {"KZ"}


def day(row: Row, name: str) -> date:
    value = row[name]
    assert isinstance(value, date)
    return value


def case(row: Row) -> str:
    if row["withdrawn_on"] is not None:
        return "withdrawn"
    return "expired" if day(row, "expires_on") < PUBLISHED_ON else "valid"


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(rows_of(Nation(0.01))("consents"))


def test_foreign_delegates_consent_only_to_their_own_country(rows: list[Row]) -> None:
    delegates = list(rows_of(Nation(0.01))("delegates"))
    foreign = Counter(row["country"] for row in delegates if row["country"] != "KZ")
    own = [row for row in rows if "KZ" not in str(row["source_id"])]
    assert Counter(row["recipient_country"] for row in own) == foreign
    assert {case(row) for row in own} == {"valid"}
    assert all(str(r["source_id"]).split("-")[1] == r["recipient_country"] for r in own)


def test_every_case_of_kazakh_delegates_can_be_seen_for_every_state(rows: list[Row]) -> None:
    theirs = [row for row in rows if "KZ" in str(row["source_id"])]
    cases = Counter((row["recipient_country"], case(row)) for row in theirs)
    assert set(cases) == {(c, k) for c in GUESTS for k in ("valid", "withdrawn", "expired")}
    givers = {row["person"] for row in theirs}
    everybody = {r["iin"] for r in rows_of(Nation(0.01))("delegates") if r["country"] == "KZ"}
    assert givers < everybody


def test_the_cases_are_the_same_on_every_day_to_come(rows: list[Row]) -> None:
    for row in rows:
        given, last = day(row, "given_on"), day(row, "expires_on")
        assert given < PUBLISHED_ON
        assert last == LAST_DAY or last < PUBLISHED_ON - timedelta(days=1)
        if row["withdrawn_on"] is not None:
            assert given <= day(row, "withdrawn_on") < PUBLISHED_ON


@pytest.mark.usefixtures("database")
async def test_a_guest_can_request_only_data_that_delegates_consented_to(
    rows: list[Row],
) -> None:
    await build(0.01)
    assert await Consent.all().count() == len(rows)
    people = await Delegate.filter(delegation__country_id="KZ").values_list("person_id", flat=True)
    keys = [Delegate._meta.fields_map["id"].to_db_value(key, Delegate) for key in people]
    loaders = Loaders()
    for country in GUESTS:
        valid = [r for r in rows if r["recipient_country"] == country and case(r) == "valid"]
        expected = sum("KZ" in str(row["source_id"]) for row in valid)
        for today in (PUBLISHED_ON, LAST_DAY):
            consented = Consented(Purpose.FORUM_PARTICIPATION, country, today)
            found = loaders.of(consented).load_many(keys)
            answers = found if isinstance(found, list) else await found
            assert answers.count(True) == expected > 0
