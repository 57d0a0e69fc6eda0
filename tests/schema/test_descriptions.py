"""Descriptions in the schema: complete, well-formed and in plain English."""

import re

import pytest

from schema import schema
from schema.building.wording import article, plural, singular
from tests.schema.walk import described
from tests.support.phrases import PHRASES

GRAPH = schema._schema
INTERNAL = re.compile(r"\b(?:Optional[A-Z]\w*|Keyset\w*|\w+_\w*[a-z]\w*)\b")
# Vowels by sound: "a UN Volunteer", "a unit", "an hour", "an IIN".
ARTICLE = re.compile(r"\b(an?) `?([A-Za-z]\w*)", re.IGNORECASE)
EXCEPTIONS = {"un": "a", "unit": "a", "unique": "a", "united": "a", "hour": "an", "sdg": "an"}
DESCRIPTIONS = {name: text or "" for name, text in described()} | {
    f"@{directive.name}": directive.description or ""
    for directive in GRAPH.directives
    if directive.name in ("cacheControl", "public")
}


def wrong_articles(text: str) -> list[str]:
    """Return each article that does not fit the following word."""
    return [
        found.group()
        for found in ARTICLE.finditer(text)
        if found[1].lower()
        != EXCEPTIONS.get(found[2].lower(), "an" if found[2][0].lower() in "aeiou" else "a")
    ]


def test_every_description_is_a_phrase_with_a_full_stop() -> None:
    pattern = re.compile(r"[A-Z`][^\n]*[^.\s]\.")
    wrong = [name for name, text in DESCRIPTIONS.items() if not pattern.fullmatch(text)]
    assert wrong == [], "describe each by a phrase with a capital and a full stop"


def test_articles_fit() -> None:
    wrong = {name: found for name, text in DESCRIPTIONS.items() if (found := wrong_articles(text))}
    assert wrong == {}


def test_no_phrase_to_avoid_and_no_internal_name_occurs() -> None:
    avoided = {name for name, text in DESCRIPTIONS.items() if PHRASES.search(text)}
    internal = {name: text for name, text in DESCRIPTIONS.items() if INTERNAL.search(text)}
    assert (avoided, internal) == (set(), {})


def test_no_null_clause_is_copied_to_inputs_and_enums() -> None:
    copies = re.compile(r"\w+(Filter|Dimension|OrderField|Having)\.")
    texts = {name: text for name, text in DESCRIPTIONS.items() if copies.match(name)}
    assert texts
    assert [name for name, text in texts.items() if "; null" in text] == []


def test_names_in_code_exist() -> None:
    members = {name for type_ in GRAPH.type_map.values() for name in getattr(type_, "fields", {})}
    arguments = {"after", "before"}
    paths = {"Person.email", "extensions.withheld"}
    known = set(GRAPH.type_map) | members | arguments | paths
    named = {word for text in DESCRIPTIONS.values() for word in re.findall(r"`([^`]+)`", text)}
    assert named - known == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("EnquiryEdge", "An enquiry in a list."),
        ("PersonConnection", "A page of people."),
        ("ProjectDimension.ENDS_MONTH", "Month of `endsOn` (its first day)."),
        ("ProjectGroup.endsMonth", "Month of `endsOn` (its first day); null unless grouped by it."),
        ("ProjectFilter.endsOn", "The last day."),
        ("VolunteerGroupOrderField.HOURS_TOTAL_AVG", "Average of `hoursTotal`."),
        (
            "EriktiDecimalFilter",
            "Comparisons of a `Decimal`, all of which must hold.",
        ),
        ("EriktiIntRange", "Bounds of an `Int`, both inclusive; either may be omitted."),
    ],
)
def test_generated_descriptions(name: str, text: str) -> None:
    assert DESCRIPTIONS[name] == text


def test_wrong_articles_are_found() -> None:
    assert wrong_articles("A Enquiry, an `Decimal`, an UN body") == [
        "A Enquiry",
        "an `Decimal",
        "an UN",
    ]
    assert wrong_articles("An enquiry, a `Decimal`, a UN body, an hour") == []


def test_nouns_for_record_types() -> None:
    assert [plural(name) for name in ("Person", "HostEntity", "Forum")] == [
        "people",
        "host entities",
        "forums",
    ]
    assert article(singular("AwardCategory")) == "an award category"
