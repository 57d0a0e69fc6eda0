"""Likely duplicates: pairs of names that are, or are not, one person's written differently."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erikti.importers import load
from erikti.writing import duplicates, likeness
from erikti.writing.likeness import Name, alike, name
from tests.importers.samples import numbers, volunteer

FIELDS = ("family_name", "given_name", "patronymic")
PAIRS = list(csv.DictReader((Path(__file__).parent / "pairs.csv").read_text().splitlines()))
TEXTS = st.none() | st.text("АаБбҚқ ЫыІіОоAaKkYyhs.-–'()", max_size=20)
NAMES = st.builds(name, TEXTS, TEXTS, TEXTS)


def fields(pair: dict[str, str], side: int) -> tuple[str | None, ...]:
    return tuple(pair[f"{part}{side}"] or None for part in ("family", "given", "patronymic"))


def person(number: int, side: int, pair: dict[str, str], birth: str) -> dict[str, object]:
    """Return a row of the system A or B."""
    named = dict(zip(FIELDS, fields(pair, side), strict=True))
    return {"source_system": " AB"[side], "source_id": f"{number}", "birth_date": birth, **named}


def birth_date(number: int) -> str:
    return f"1980-{number // 28 + 1:02}-{number % 28 + 1:02}"


async def likely(first: list[dict[str, object]], second: list[dict[str, object]]) -> dict[str, str]:
    """Import two files, and return the reasons of warnings about the second by source ID."""
    await load("people", first)
    report = await load("people", second)
    assert report.problems == []
    return {w.source_id: w.reason for w in report.warnings if w.code == "LIKELY_DUPLICATE"}


@pytest.mark.usefixtures("database")
async def test_pairs_from_two_sources_are_reported_if_they_may_be_one_person() -> None:
    sides = [
        [person(n, side, pair, birth_date(n)) for n, pair in enumerate(PAIRS)] for side in (1, 2)
    ]
    found = await likely(*sides)
    wanted = {str(n) for n, pair in enumerate(PAIRS) if pair["same"] == "yes"}
    assert wanted == set(found)
    assert all(f" A/{number}, global ID " in reason for number, reason in found.items())


@pytest.mark.usefixtures("database")
async def test_namesakes_with_other_birth_dates_are_two_people() -> None:
    known = person(0, 1, PAIRS[0], "1980-01-01")
    assert await likely([known], [person(1, 2, PAIRS[0], "1980-01-02")]) == {}


@pytest.mark.usefixtures("database")
async def test_an_iin_on_both_sides_or_another_sex_parts_similar_names() -> None:
    iins = numbers()
    known = [{**person(0, 1, PAIRS[0], "1990-01-01"), "iin": next(iins)}]
    others = [
        {**person(1, 2, PAIRS[0], "1990-01-01"), "iin": next(iins)},
        {**person(2, 2, PAIRS[0], "1990-01-01"), "sex": "FEMALE"},
        person(3, 2, PAIRS[0], "1990-01-01"),
    ]
    assert set(await likely(known, others)) == {"3"}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["why"])
def test_likeness_is_symmetric(pair: dict[str, str]) -> None:
    one, other = name(*fields(pair, 1)), name(*fields(pair, 2))
    assert alike(one, other) == alike(other, one) == (pair["same"] == "yes")


@given(NAMES, NAMES)
def test_any_names_can_be_compared_in_either_order(one: Name, other: Name) -> None:
    assert alike(one, other) == alike(other, one)
    assert alike(one, one) or not one.words


@given(st.tuples(TEXTS, TEXTS, TEXTS), st.tuples(TEXTS, TEXTS, TEXTS))
def test_names_that_are_alike_have_a_head_in_common(
    one: tuple[str | None, ...], other: tuple[str | None, ...]
) -> None:
    if alike(name(*one), name(*other)):
        assert not likeness.heads(*one[:2]).isdisjoint(likeness.heads(*other[:2]))
    words = name(*one).words
    assert {word.rstrip(".")[:2] for word in words} - {""} <= likeness.heads(*one[:2])


async def test_namesakes_with_one_unknown_birth_date_are_compared_with_a_few_only(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = Counter[str]()

    def counting(one: Name, other: Name) -> bool:
        compared["pairs"] += 1
        return alike(one, other)

    monkeypatch.setattr(likeness, "alike", counting)
    rows = [volunteer(n, birth_date="1900-01-01") for n in range(1_000)]
    assert (await load("volunteers", rows)).accepted == len(rows)
    assert 0 < compared["pairs"] <= len(rows) * duplicates.MOST
