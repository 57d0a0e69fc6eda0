"""The data dictionary has every type and field of the data, with titles in three languages."""

import re

import pytest
from graphql import GraphQLObjectType

from erikti.importers.engine import KINDS
from erikti.labels import Labels, fields, types
from tests.schema.walk import entities
from tests.support.alphabets import ENGLISH, KAZAKH, RUSSIAN, faults, repeated, strange
from tools.data_dictionary import LANGUAGES, PAGES, documented, title, words

TYPES = documented()
PAGE = {language: page.read_text(encoding="utf-8") for language, page in PAGES.items()}
COLUMNS = {column.name for kind in KINDS.values() for column in kind.columns}


def test_every_record_type_is_documented_and_no_other_type_has_a_title() -> None:
    assert {type_.name for type_ in entities()} <= set(TYPES)
    assert set(types()) == set(TYPES), "the titles are in erikti/labels/types.csv"


@pytest.mark.parametrize("type_", TYPES.values(), ids=str)
def test_every_field_has_titles_of_its_own(type_: GraphQLObjectType) -> None:
    titles = {name: title(type_.name, name) for name in type_.fields}
    wrong = {name: found for name, labels in titles.items() if (found := faults(labels))}
    assert wrong == {}, "add titles to erikti/labels/fields.csv"
    for place in range(3):
        assert repeated([labels.all[place] for labels in titles.values()]) == []


def test_every_title_is_of_a_field_or_a_column() -> None:
    used = {id(title(type_.name, name)) for type_ in TYPES.values() for name in type_.fields}
    used |= {id(fields()[name]) for name in COLUMNS}
    assert [name for name, labels in fields().items() if id(labels) not in used] == []


@pytest.mark.parametrize("name", types())
def test_types_have_titles_and_meanings(name: str) -> None:
    labels = types()[name]
    assert faults(labels) == []
    meanings = ((labels.meaning_kk, KAZAKH), (labels.meaning_ru, RUSSIAN))
    for meaning, alphabet in meanings:
        assert re.fullmatch(r"[^\s.][^\n]*\.", meaning)
        assert strange(meaning, alphabet) == ""
    assert labels.meaning_kk != labels.meaning_ru


def test_words_of_the_pages_are_in_their_languages() -> None:
    alphabets = {"kk": KAZAKH, "ru": RUSSIAN, "en": ENGLISH}
    for language, alphabet in alphabets.items():
        for key, text in words(language).items():
            assert text, key
            assert strange(text.replace("API", ""), alphabet) == "", key


@pytest.mark.parametrize("language", LANGUAGES)
def test_links_lead_to_headings_and_each_occurs_once(language: str) -> None:
    headings = [line.lstrip("# ") for line in PAGE[language].splitlines() if line.startswith("##")]
    anchors = [heading.lower().replace(" ", "-") for heading in headings]
    assert repeated(anchors) == []
    linked = set(re.findall(r"\]\(#([^)]*)\)", PAGE[language]))
    assert linked <= set(anchors)
    assert set(TYPES) <= set(headings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_have_as_many_cells_as_columns(language: str) -> None:
    for table in re.findall(r"(?:^\|.*\n)+", PAGE[language], flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_a_personal_field_is_marked() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` (.*)$", PAGE["en"].partition("### Person\n")[2], re.MULTILINE)
    )
    assert "| `people:read` `people:read_iin` | yes |" in rows["iin"]
    assert "| in part |" in rows["displayName"]


def test_faults_of_labels_are_found() -> None:
    assert faults(Labels("Ашық", "Открыто", "Open")) == []
    assert faults(Labels("Aшық", "Ашық", "")) == [
        "kk has a",
        "ru has қ",
        "en is empty",
    ]
    assert faults(Labels("Открыто", "Открыто", "open.")) == [
        "en is not one phrase",
        "en begins with a small letter",
        "kk repeats ru",
    ]
