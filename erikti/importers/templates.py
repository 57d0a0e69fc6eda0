"""Templates: XLSX workbooks with headings, lists of values and an example row, to be filled in.

The headings are in three languages; the values of lists and the help are in one. A row is skipped
when the file is imported if its identifier is ``EXAMPLE``.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.comments import Comment  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font, PatternFill  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]

from erikti.importers.headings import heading_of
from erikti.importers.sources import EXAMPLE
from erikti.importers.workbook import UNLISTED
from erikti.labels import aliases, code_lists, template_words, types
from erikti.writing.cells import Column
from erikti.writing.kind import Kind
from erikti.writing.words import YES_AND_NO
from models.reference import countries, regions
from models.schema_names import schema_name

ROWS = 10_000  # for which cells are prepared
LISTS: Final = "lists"
AS_TEXT = "@"
# Types that spreadsheets write as they like: numbers, in which digits are right, and lists.
AS_TYPED = ("number", "whole number", "year")
LONGEST_TITLE, LONGEST_HELP = 31, 255  # characters
WIDEST = 40
REQUIRED = PatternFill("solid", fgColor="FFF2CC")
OPTIONAL = PatternFill("solid", fgColor="E7E6E6")
REFERENCES = {"regions": regions, "countries": countries}


def write(kind: Kind, language: str, stream: BinaryIO) -> None:
    """Write the template of a kind, with lists and help in ``kk``, ``ru`` or ``en``."""
    book = Workbook()
    sheet = book.active
    sheet.title = types()[kind.model.__name__].of(language)[:LONGEST_TITLE]
    lists = _Lists(book.create_sheet(LISTS))
    for number, column in enumerate(kind.columns, 1):
        _write_column(sheet, number, column, language, lists)
    sheet.cell(2, 2).comment = _comment(template_words()["example_row"].of(language))
    sheet.row_dimensions[1].height = 45
    sheet.freeze_panes = "C2"
    book.save(stream)


class _Lists:
    """The values of lists, one after the other in the only row of a sheet that is not shown.

    A sheet of one row is not taken for one with data.
    """

    def __init__(self, sheet: Any) -> None:
        sheet.sheet_state = UNLISTED
        self.sheet = sheet
        self.used = 0

    def add(self, values: Mapping[str, str]) -> str:
        """Add a list, and return the reference to its cells."""
        first = self.used + 1
        for self.used, value in enumerate(values.values(), first):
            self.sheet.cell(1, self.used, value)
        letters = (get_column_letter(number) for number in (first, self.used))
        return f"{LISTS}!{':'.join(f'${letter}$1' for letter in letters)}"


def _write_column(sheet: Any, number: int, column: Column, language: str, lists: _Lists) -> None:
    """Write the heading, the example and the prepared cells of a column."""
    heading, letter = heading_of(column.name), get_column_letter(number)
    values = labelled(column, language)
    example = example_of(column, language)
    top = sheet.cell(1, number, heading.whole)
    top.font = Font(bold=True)
    top.fill = REQUIRED if column.required else OPTIONAL
    top.alignment = Alignment(wrap_text=True, vertical="top")
    top.comment = _comment(_help(column, language))
    sheet.cell(2, number, example).font = Font(italic=True, color="808080")
    longest = max(map(len, (*heading.whole.split(" / "), example or "", *values.values())))
    sheet.column_dimensions[letter].width = min(longest + 3, WIDEST)
    sheet.column_dimensions[letter].number_format = sheet.cell(2, number).number_format = (
        "General" if word_of(column) in AS_TYPED else AS_TEXT
    )
    sheet.add_data_validation(
        _validation(column, letter, lists.add(values) if values else None, language)
    )


def _validation(column: Column, letter: str, source: str | None, language: str) -> Any:
    """Return the list of values of a column and its help, shown when a cell is selected.

    Other values are asked about, since codes and other spellings are valid as well, and lists of
    several values are not checked.
    """
    title = heading_of(column.name).of(language)[:LONGEST_TITLE]
    found = DataValidation(
        type=source and "list",
        formula1=source,
        allow_blank=True,
        errorStyle="warning",
        showErrorMessage=source is not None and not column.type.several,
        showInputMessage=True,
        promptTitle=title,
        prompt=_help(column, language)[:LONGEST_HELP],
    )
    found.add(f"{letter}2:{letter}{ROWS}")
    return found


def _comment(text: str) -> Any:
    return Comment(text, "Erikti", width=300, height=120)


def _help(column: Column, language: str) -> str:
    """Return what belongs into a column, in one language."""
    words, heading = template_words(), heading_of(column.name)
    necessary = words["required" if column.required else "optional"].of(language)
    lines = [f"{words[word_of(column)].of(language)}. {necessary}."]
    if language == "en":
        lines.insert(0, f"{heading.meaning[0].upper()}{heading.meaning[1:]}.")
    if example := example_of(column, language):
        lines.append(f"{words['example'].of(language)}: {example}")
    return "\n".join(lines)


def word_of(column: Column) -> str:
    """Return the name of the words for a column's type: the longest with which its label begins."""
    label = column.type.label
    return max((name for name in template_words() if label.startswith(name)), key=len)


def labelled(column: Column, language: str) -> dict[str, str]:
    """Return the texts of a column's list of values by code, if it has one."""
    if column.type.table is not None:
        return _places(column.type.table, language)
    if (options := column.type.options) is not None:
        values = code_lists()[schema_name(options)].values
        return {str(options[value.code].value): value.of(language) for value in values}
    if word_of(column) == "yes or no":
        return dict(YES_AND_NO[language])
    return {}


def _places(table: str, language: str) -> dict[str, str]:
    """Return the names of regions or countries by code; the code where several have the name."""
    rows = list(REFERENCES[table]())
    names = {
        str(row["code"]): {row[f"name_{each}"] for each in ("kk", "ru", "en")}
        | set(aliases().get(str(row["code"]), ()))
        for row in rows
    }
    owners = Counter(name for spelled in names.values() for name in spelled)
    found = {str(row["code"]): row[f"name_{language}"] or row["name_en"] for row in rows}
    return {code: str(name) if owners[name] == 1 else code for code, name in found.items()}


def example_of(column: Column, language: str) -> str | None:
    """Return the example of a column, with the text of a code."""
    if column.name == "source_id":
        return EXAMPLE
    values = labelled(column, language)
    blank = EXAMPLE if column.required else ""
    example = heading_of(column.name).example or next(iter(values), blank)
    return "; ".join(values.get(part, part) for part in example.split("; ")) or None
