"""Descriptions in the schema: complete, well-formed and in plain English."""

import re
from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
    is_non_null_type,
)

from schema import schema
from schema.building.wording import article, plural, singular
from tests.schema.walk import described
from tests.support.phrases import PHRASES

GRAPH = schema._schema
INTERNAL = re.compile(r"\b(?:Optional[A-Z]\w*|Keyset\w*|\w+_\w*[a-z]\w*)\b")
# Vowels by sound: "a UN Volunteer", "a unit", "an hour", "an IIN".
ARTICLE = re.compile(r"\b(an?) `?([A-Za-z]\w*)", re.IGNORECASE)
EXCEPTIONS = {"un": "a", "unit": "a", "unique": "a", "united": "a", "hour": "an", "sdg": "an"}
SMALL = {"a", "an", "and", "by", "for", "in", "it", "of", "on", "that", "the", "thi", "to", "with"}
UNIT = re.compile(
    r"\b(?:numbers?|years?|hours?|days?|minutes?|seconds?|points|score|share|percent|unit|units"
    r"|decimals|from \d+ to)\b"
)
DESCRIPTIONS = {name: text or "" for name, text in described()} | {
    f"@{directive.name}": directive.description or ""
    for directive in GRAPH.directives
    if directive.name == "public"
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


def words(text: str) -> set[str]:
    """Return the words and numbers of a text in the singular, without articles and the like.

    A name in backticks is one word.
    """
    split = re.sub(r"(?<=[a-z])(?=[A-Z])(?!\w*`)|_", " ", text).lower()
    return {word.rstrip("s") for word in re.findall(r"`\w+`|[a-z]+|\d+", split)} - SMALL


def repeats(name: str, text: str) -> bool:
    """Whether a description says no more than the names of its part and of the part's type."""
    return words(text) <= words(name.replace(".", " "))


def fields() -> Iterator[tuple[str, GraphQLField]]:
    """Yield the fields of objects and interfaces, except the roots."""
    roots = {GRAPH.query_type, GRAPH.subscription_type}
    for name, type_ in GRAPH.type_map.items():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and type_ not in roots:
            for field_name, field in type_.fields.items():
                if f"{name}.{field_name}" in DESCRIPTIONS:
                    yield f"{name}.{field_name}", field


def test_a_description_says_more_than_the_name() -> None:
    parts = [name for name in DESCRIPTIONS if "." in name and "(" not in name]
    assert len(parts) > 1000
    assert [name for name in parts if repeats(name, DESCRIPTIONS[name])] == []


def test_a_field_that_may_be_null_says_when() -> None:
    nullable = [name for name, field in fields() if not is_non_null_type(field.type)]
    assert len(nullable) > 100
    assert [name for name in nullable if "null" not in DESCRIPTIONS[name].lower()] == []


def test_only_a_field_that_may_be_null_speaks_of_null() -> None:
    never = [name for name, field in fields() if is_non_null_type(field.type)]
    assert [name for name in never if re.search(r"\bnull\b", DESCRIPTIONS[name])] == []


def test_a_number_says_what_it_counts() -> None:
    numbers = {
        name: field
        for name, field in fields()
        if get_named_type(field.type).name in ("Int", "Float", "Decimal")
    }
    assert len(numbers) > 20
    assert [name for name in numbers if not UNIT.search(DESCRIPTIONS[name])] == []


def test_scalars_of_time_name_their_calendar_and_zone() -> None:
    assert "Gregorian calendar" in DESCRIPTIONS["Date"]
    assert "time zone" in DESCRIPTIONS["Date"]
    assert "UTC" in DESCRIPTIONS["DateTime"]


def test_periods_of_an_instant_name_the_time_zone() -> None:
    periods = {
        f"{name}.{value}": text
        for name, type_ in GRAPH.type_map.items()
        if name.endswith("Dimension") and isinstance(type_, GraphQLEnumType)
        for value in type_.values
        if re.match(
            r"(?:Year|Quarter|Month|Week) of `\w+At`", text := DESCRIPTIONS[f"{name}.{value}"]
        )
    }
    assert len(periods) >= 8
    assert [name for name, text in periods.items() if "time zone" not in text] == []


def test_scalars_have_an_example() -> None:
    scalars = [
        name for name, type_ in GRAPH.type_map.items() if isinstance(type_, GraphQLScalarType)
    ]
    own = [name for name in scalars if name in DESCRIPTIONS]
    assert own
    assert [name for name in own if "such as " not in DESCRIPTIONS[name]] == []


def test_descriptions_without_content_are_found() -> None:
    assert repeats("Enquiry.topic", "The topic of the enquiry.")
    assert repeats("EnquiryChannel.PHONE", "Phone.")
    assert repeats("OrganisationOrderField.NAME_KK", "The name kk.")
    assert not repeats("Enquiry.topic", "What the enquiry is about.")
    assert not UNIT.search("The edition.")


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
