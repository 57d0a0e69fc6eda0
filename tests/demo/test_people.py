"""The generated people, and that they resemble no real ones."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import phonenumbers
import pytest

from erikti.demo import regions
from erikti.demo.nation import PUBLISHED_ON, Nation, Row
from erikti.demo.numbers import BIN_SERIALS, IIN_SERIALS
from erikti.writing import identifiers
from models.people import Sex
from tests.demo.counting import rows_of, year_of

SILVER_AGE = 55

PERSONAL = phonenumbers.PhoneNumberType.PERSONAL_NUMBER


@pytest.fixture(scope="module")
def people() -> list[Row]:
    return list(rows_of(Nation(0.1))("volunteers"))


def _iins(people: list[Row]) -> Iterator[tuple[str, Row]]:
    return ((str(row["iin"]), row) for row in people if row["iin"])


def _age(row: Row, day: date) -> int:
    born = row["birth_date"]
    assert isinstance(born, date)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def test_every_iin_is_valid_and_matches_birth_date_and_sex(people: list[Row]) -> None:
    for iin, row in _iins(people):
        assert identifiers.iin(iin) == iin
        assert identifiers.born(iin[:7]) == (row["birth_date"], row["sex"])


def test_every_iin_has_a_serial_out_of_reach(people: list[Row]) -> None:
    assert {int(iin[7:11]) for iin, _ in _iins(people)} <= set(IIN_SERIALS)


@pytest.mark.parametrize("scale", [0.01, 1])
def test_no_two_people_share_an_iin(scale: float) -> None:
    iins = [row["iin"] for row in rows_of(Nation(scale))("volunteers") if row["iin"]]
    assert len(set(iins)) == len(iins)


def test_every_bin_is_valid_unique_and_has_a_serial_out_of_reach() -> None:
    organisations = list(rows_of(Nation(0.01))("organisations"))
    bins = [str(row["bin"]) for row in organisations]
    assert len(set(bins)) == len(bins)
    for number, row in zip(bins, organisations, strict=True):
        assert identifiers.bin_(number) == number
        assert int(number[6:11]) in BIN_SERIALS
        assert f"{row['registered_on']:%y%m}" == number[:4]


def test_about_nine_in_ten_have_an_iin(people: list[Row]) -> None:
    assert 0.88 < sum(1 for _ in _iins(people)) / len(people) < 0.92


def test_contacts_do_not_exist(people: list[Row]) -> None:
    assert all(row["email"] is None or str(row["email"]).endswith("@example.org") for row in people)
    phones = [phonenumbers.parse(str(row["phone"])) for row in people if row["phone"]]
    assert {phonenumbers.number_type(phone) for phone in phones} == {PERSONAL}
    assert 0.6 < sum(row["email"] is not None for row in people) / len(people) < 0.8


def test_silver_volunteers_are_those_of_55_and_above(people: list[Row]) -> None:
    for row in people:
        assert (_age(row, PUBLISHED_ON) >= SILVER_AGE) == row["silver"]


def test_most_are_between_14_and_35_when_they_register(people: list[Row]) -> None:
    ages = []
    for row in people:
        assert isinstance(row["registered_on"], date)
        ages.append(_age(row, row["registered_on"]))
    assert min(ages) >= 14
    assert 0.75 < sum(age <= 35 for age in ages) / len(ages) < 0.92


def test_names_follow_sex_and_come_in_both_languages(people: list[Row]) -> None:
    for row in people:
        feminine = str(row["patronymic"]).endswith(("қызы", "на"))
        assert feminine == (row["sex"] is Sex.FEMALE)
        if str(row["family_name"]).endswith(("ова", "ева", "ина")):
            assert row["sex"] is Sex.FEMALE
    letters = "".join({str(row["given_name"]) for row in people})
    assert set("әғқңөұүі") <= set(letters.lower())
    assert set(Counter(row["preferred_language"] for row in people)) == {"kk", "ru", "en"}


def test_regions_have_volunteers_by_population(people: list[Row]) -> None:
    found = Counter(str(row["region"]) for row in people)
    assert set(found) == set(regions.NAMES)
    whole = sum(regions.INHABITANTS.values())
    for region, inhabitants in regions.INHABITANTS.items():
        assert found[region] / len(people) == pytest.approx(inhabitants / whole, rel=0.15)


def test_the_registry_grows_year_by_year_until_today(people: list[Row]) -> None:
    years = Counter(year_of(row["registered_on"]) for row in people)
    assert list(years) == [2020, 2021, 2022, 2023, 2024, 2025]
    assert sorted(years.values()) == list(years.values())
    assert max(str(row["registered_on"]) for row in people) <= str(PUBLISHED_ON)


def test_volunteers_have_one_to_three_directions_and_most_an_organisation(
    people: list[Row],
) -> None:
    sizes = set()
    for row in people:
        assert isinstance(row["directions"], tuple)
        sizes.add(len(set(row["directions"])))
    assert sizes == {1, 2, 3}
    assert 0.57 < sum(row["organisation"] is not None for row in people) / len(people) < 0.63


def test_no_volunteer_takes_part_before_registration() -> None:
    rows = rows_of(Nation(0.1))
    registered = {row["source_id"]: str(row["registered_on"]) for row in rows("volunteers")}
    projects = {row["source_id"]: row for row in rows("projects")}
    pairs = set()
    for row in rows("participations"):
        project = projects[row["project"]]
        assert registered[row["volunteer"]] <= str(row["starts_on"])
        assert str(project["starts_on"]) <= str(row["starts_on"]) <= str(row["ends_on"])
        assert str(row["ends_on"]) <= min(str(project["ends_on"]), str(PUBLISHED_ON))
        assert isinstance(row["hours"], Decimal)
        assert 1 <= row["hours"] <= 120
        pairs.add((row["volunteer"], row["project"]))
    assert len(pairs) == Nation(0.1).participations


def test_nominees_were_registered_when_they_were_nominated() -> None:
    rows = rows_of(Nation(0.1))
    known = {row["iin"]: row for row in rows("volunteers") if row["iin"]}
    for row in rows("nominations"):
        if row.get("iin"):
            volunteer = known[row["iin"]]
            assert year_of(volunteer["registered_on"]) <= int(str(row["edition"]))
            assert volunteer["family_name"] == row["family_name"]
        elif row.get("family_name"):
            assert row["citizenship"] == row["country"] != "KZ"
