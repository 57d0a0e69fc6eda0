"""The words for codes, figures and fields in Kazakh, Russian and English: the only place for them.

``codes.csv`` lists the codes of every closed list (without a code: the title of the list) with
further spellings that imports accept; ``figures.csv`` the headline figures; ``types.csv`` the types
of the data dictionary; ``fields.csv`` their fields and the columns of imports, in snake case.
``problems.csv`` says what the codes of problems of imports mean, ``reports.csv`` has the words of
their reports, ``templates.csv`` those of templates for files. ``places.csv`` lists what regions
and countries are called besides their names.
A field named like others, but with a title of its own, is listed as ``Type.name``.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from operator import itemgetter


@dataclass(frozen=True)
class Labels:
    """A text in three languages."""

    label_kk: str
    label_ru: str
    label_en: str

    @property
    def all(self) -> tuple[str, str, str]:
        """Return the text in Kazakh, Russian and English."""
        return self.label_kk, self.label_ru, self.label_en

    def of(self, language: str) -> str:
        """Return the text in ``kk``, ``ru`` or ``en``; raises KeyError for others."""
        return dict(zip(("kk", "ru", "en"), self.all, strict=True))[language]


@dataclass(frozen=True)
class CodeValue(Labels):
    """A code of a closed list with its label; imports also accept ``also``."""

    code: str
    also: tuple[str, ...] = ()

    @property
    def spellings(self) -> tuple[str, ...]:
        """Return the code and every text that stands for it in files."""
        return (self.code, *self.all, *self.also)


@dataclass(frozen=True)
class CodeList(Labels):
    """A closed list of codes; ``name`` is that of its type in the schema, if it has one."""

    name: str
    values: tuple[CodeValue, ...]


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _texts(row: dict[str, str]) -> dict[str, str]:
    return {f"label_{language}": row[language] for language in ("kk", "ru", "en")}


def _lists() -> Iterator[CodeList]:
    for name, (title, *values) in _by_list():
        codes = (
            CodeValue(code=row["code"], also=_split(row["also"]), **_texts(row)) for row in values
        )
        yield CodeList(name=name, values=tuple(codes), **_texts(title))


def _by_list() -> Iterator[tuple[str, list[dict[str, str]]]]:
    for name, rows in groupby(_rows("codes"), itemgetter("list")):
        yield name, list(rows)


def _split(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("; ")))


@cache
def code_lists() -> dict[str, CodeList]:
    """Return every closed list of codes by name."""
    return {one.name: one for one in _lists()}


@cache
def _figures() -> dict[str, Labels]:
    return {row["code"]: Labels(**_texts(row)) for row in _rows("figures")}


def figures(year: int) -> dict[str, Labels]:
    """Return the labels of the headline figures of a year by code."""
    return {
        code.format(year=year): Labels(*(text.format(year=year) for text in labels.all))
        for code, labels in _figures().items()
    }


@dataclass(frozen=True)
class TypeLabels(Labels):
    """The title of a type and its meaning in Kazakh and Russian; the schema has the English one."""

    meaning_kk: str
    meaning_ru: str


@cache
def types() -> dict[str, TypeLabels]:
    """Return the titles and meanings of types by name."""
    return {
        row["name"]: TypeLabels(
            meaning_kk=row["meaning_kk"], meaning_ru=row["meaning_ru"], **_texts(row)
        )
        for row in _rows("types")
    }


@cache
def fields() -> dict[str, Labels]:
    """Return the titles of fields and columns by ``name`` or ``Type.name``."""
    return {row["name"]: Labels(**_texts(row)) for row in _rows("fields")}


@dataclass(frozen=True)
class ProblemText(Labels):
    """What a problem means; it is ``of`` a row, a warning, or both, or of a whole file."""

    of_what: tuple[str, ...]


@cache
def problem_texts() -> dict[str, ProblemText]:
    """Return what the problems of imports mean, by code."""
    return {
        row["code"]: ProblemText(of_what=_split(row["of"]), **_texts(row))
        for row in _rows("problems")
    }


@cache
def report_words() -> dict[str, Labels]:
    """Return the headings and other words of reports of imports by name."""
    return {row["name"]: Labels(**_texts(row)) for row in _rows("reports")}


@cache
def template_words() -> dict[str, Labels]:
    """Return the words of templates by name; those of types of cells by how their labels begin."""
    return {row["name"]: Labels(**_texts(row)) for row in _rows("templates")}


@cache
def aliases() -> dict[str, tuple[str, ...]]:
    """Return what regions and countries are called besides their names, by code."""
    return {row["code"]: _split(row["aliases"]) for row in _rows("places")}
