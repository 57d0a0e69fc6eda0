"""Generates the data dictionary, docs/data-dictionary.md, in English, Kazakh and Russian.

The types and fields come from the schema, their titles from ``erikti/labels``.
"""

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.utils.str_converters import to_snake_case

from erikti.auth.scopes import Scope
from erikti.labels import CodeList, Labels, TypeLabels, code_lists, fields, types
from schema import schema
from schema.building.columns import NAMED, WITHHELD

DOCS = Path(__file__).parents[1] / "docs"
LANGUAGES = ("en", "kk", "ru")
PAGES = {
    language: DOCS / f"data-dictionary{'' if language == 'en' else f'.{language}'}.md"
    for language in LANGUAGES
}
NAMES = {"en": "English", "kk": "Қазақша", "ru": "Русский"}
# The sections in their order, with the modules of the schema whose types each lists.
SECTIONS = {
    "people": ("people", "building.fields"),
    "volunteers": ("volunteers",),
    "cis_forum": ("cis_forum",),
    "un_placements": ("un_placements",),
    "awards": ("awards",),
    "statistics": ("statistics", "registry"),
    "access_log": ("access",),
    "service": ("viewer", "code_lists", "building.sources"),
}
STANDARD = re.compile(
    r"ISO (?:3166-[12](?: alpha-2)?|4217|639-1|8601)|E\.164|\bKATO\b|Unicode CLDR|UN/LOCODE"
)
GRAPH = schema._schema
# What the pages have until a new type or field has a title; a test fails.
NO_LABELS = Labels("", "", "")
NO_TYPE_LABELS = TypeLabels("", "", "", "", "")


@cache
def words(language: str) -> dict[str, str]:
    """Return the words of a page, by key, in a language."""
    text = Path(__file__).with_suffix(".csv").read_text(encoding="utf-8")
    return {row["key"]: row[language] for row in csv.DictReader(text.splitlines())}


def record_of(type_: GraphQLNamedType) -> GraphQLNamedType:
    """Return the type of the records of a connection; any other type itself."""
    if isinstance(type_, GraphQLObjectType) and type_.name.endswith("Connection"):
        record: GraphQLNamedType = get_named_type(type_.fields["nodes"].type)
        return record
    return type_


@cache
def documented() -> dict[str, GraphQLObjectType]:
    """Return the object types that a query can return as data, by name in alphabetical order."""
    assert GRAPH.query_type is not None
    found: dict[str, GraphQLObjectType] = {}
    waiting: list[GraphQLNamedType] = [GRAPH.query_type]
    while waiting:
        type_ = record_of(waiting.pop())
        if isinstance(type_, GraphQLUnionType):
            waiting.extend(type_.types)
        elif isinstance(type_, GraphQLObjectType) and type_.name not in {*found, "_Service"}:
            found[type_.name] = type_
            waiting.extend(get_named_type(field.type) for field in type_.fields.values())
    return {name: found[name] for name in sorted(found) if name != GRAPH.query_type.name}


def title(type_name: str, field: str) -> Labels:
    """Return the title of a field, which is empty if erikti/labels/fields.csv has none."""
    name = to_snake_case(field)
    return fields().get(f"{type_name}.{name}") or fields().get(name) or NO_LABELS


def page(language: str) -> str:
    """Return the text of the page in a language."""
    return "\n".join(_page(language)).rstrip() + "\n"


def _page(language: str) -> Iterator[str]:
    known = words(language)
    others = ", ".join(f"[{NAMES[x]}]({PAGES[x].name})" for x in LANGUAGES if x != language)
    yield f"# {known['page']}\n"
    yield f"{known['intro']} {known['legend']}\n"
    yield f"{known['languages']}: {others}.\n"
    sections = _sections()
    yield from _contents(sections, language)
    for section, found in sections.items():
        yield f"## {known[section]}\n"
        for type_ in found:
            yield from _type(type_, language)
    yield f"## {known['codes']}\n"
    for name in _enums():
        yield from _codes(name, language)


def _sections() -> dict[str, list[GraphQLObjectType]]:
    of = {module: section for section, modules in SECTIONS.items() for module in modules}
    found: dict[str, list[GraphQLObjectType]] = {section: [] for section in SECTIONS}
    for type_ in documented().values():
        origin = type_.extensions["strawberry-definition"].origin
        found[of[origin.__module__.removeprefix("schema.")]].append(type_)
    return found


@cache
def _enums() -> list[str]:
    """Return the names of the enums that fields of documented types have, alphabetically."""
    of_fields = {
        get_named_type(field.type)
        for type_ in documented().values()
        for field in type_.fields.values()
    }
    return sorted(type_.name for type_ in of_fields if isinstance(type_, GraphQLEnumType))


def _contents(sections: dict[str, list[GraphQLObjectType]], language: str) -> Iterator[str]:
    known = words(language)
    yield f"| {known['contents']} | |"
    yield "|---|---|"
    for section, found in sections.items():
        links = ", ".join(
            f"[{_text(types().get(t.name, NO_TYPE_LABELS), language)}]({_anchor(t.name)})"
            for t in found
        )
        yield f"| {known[section]} | {links} |"
    links = ", ".join(f"[{_text(_list(name), language)}]({_anchor(name)})" for name in _enums())
    yield f"| {known['codes']} | {links} |\n"


def _list(name: str) -> CodeList:
    return code_lists().get(name) or CodeList("", "", "", name, ())


def _type(type_: GraphQLObjectType, language: str) -> Iterator[str]:
    labels = types().get(type_.name, NO_TYPE_LABELS)
    meaning = str(type_.description) if language == "en" else _text(labels, language, "meaning")
    columns = ["field", "title", "type", "null", "access", "personal", "standard"]
    columns += ["meaning"] if language == "en" else []
    yield f"### {type_.name}\n"
    yield f"**{_text(labels, language)}.** {meaning}\n"
    yield f"| {' | '.join(words(language)[column] for column in columns)} |"
    yield "|---" * len(columns) + "|"
    for name, field in type_.fields.items():
        yield _field(type_, name, field, language)
    yield ""


def _field(type_: GraphQLObjectType, name: str, field: GraphQLField, language: str) -> str:
    known = words(language)
    scopes = schema.permissions.scopes(type_.name, name)
    description = str(field.description)
    partly = known["in_part"] if NAMED in description else ""
    standards = dict.fromkeys(STANDARD.findall(description))
    cells = [
        f"`{name}`",
        _text(title(type_.name, name), language),
        _kind(field, language),
        "" if is_non_null_type(field.type) else known["yes"],
        " ".join(f"`{scope}`" for scope in sorted(scopes)),
        known["yes"] if Scope.PEOPLE_READ in scopes else partly,
        ", ".join(standards),
    ]
    if language == "en":
        cells.append(description.removesuffix(WITHHELD).removesuffix(NAMED).rstrip())
    return f"| {' | '.join(cells)} |"


def _kind(field: GraphQLField, language: str) -> str:
    """Return the type of a field in words: what one value is, and whether there are several."""
    known = words(language)
    named = get_named_type(field.type)
    record = record_of(named)
    members = record.types if isinstance(record, GraphQLUnionType) else (record,)
    shown = f" {known['or']} ".join(map(_link, members))
    several = record is not named or is_list_type(get_nullable_type(field.type))
    return f"{known['list']}: {shown}" if several else shown


def _link(type_: GraphQLNamedType) -> str:
    documents = type_.name in documented() or type_.name in _enums()
    return f"[`{type_.name}`]({_anchor(type_.name)})" if documents else f"`{type_.name}`"


def _codes(name: str, language: str) -> Iterator[str]:
    known = words(language)
    enum = GRAPH.get_type(name)
    assert isinstance(enum, GraphQLEnumType)
    english = language == "en"
    yield f"### {name}\n"
    yield f"**{_text(_list(name), language)}.**\n"
    yield f"| {known['code']} | {known['title']} |" + (f" {known['meaning']} |" if english else "")
    yield "|---|---|" + ("---|" if english else "")
    for value in _list(name).values:
        row = f"| `{value.code}` | {_text(value, language)} |"
        yield row + (f" {enum.values[value.code].description} |" if english else "")
    yield ""


def _text(labels: Labels, language: str, prefix: str = "label") -> str:
    return str(getattr(labels, f"{prefix}_{language}"))


def _anchor(name: str) -> str:
    return f"#{name.lower()}"
