"""Files: formats, encodings, headings, and unusable files."""

import codecs
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest

from erikti.importers import KINDS, Report, load_file
from erikti.importers.headings import heading_of
from tests.importers.samples import codes, count, counts, outcome, rezipped, table, volunteers

pytestmark = pytest.mark.usefixtures("database")

ENTITIES = b'<!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
SHEET = "xl/worksheets/sheet1.xml"


def text(lines: Sequence[Sequence[object]], delimiter: str = ",") -> str:
    return "".join(
        delimiter.join("" if cell is None else f'"{cell}"' for cell in line) + "\r\n"
        for line in lines
    )


def workbook(lines: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.fixture
def imported(tmp_path: Path) -> Callable[..., Any]:
    """Return a function that writes and imports a file."""

    async def write_and_load(content: bytes, suffix: str = ".csv", **options: Any) -> Report:
        path = tmp_path / f"volunteers{suffix}"
        path.write_bytes(content)
        return await load_file("volunteers", path, **options)

    return write_and_load


ROWS = volunteers(3)
LINES = table(ROWS)
TEXT = text(LINES)


@pytest.mark.parametrize(
    ("suffix", "content", "encoding"),
    [
        (".csv", TEXT.encode(), None),
        (".csv", codecs.BOM_UTF8 + TEXT.encode(), None),
        (".csv", codecs.BOM_UTF8 + TEXT.encode(), "windows-1251"),
        (".csv", codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), None),
        (".csv", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), None),
        (".CSV", text(LINES, ";").encode("windows-1251"), "windows-1251"),
        (".tsv", text(LINES, "\t").encode(), None),
        (".csv", TEXT.replace("\r\n", "\n").rstrip().encode(), None),
        (".csv", f"\r\n{TEXT}\r\n,,\r\n".encode(), None),
        (".xlsx", workbook(LINES), None),
        (".json", json.dumps(ROWS).encode(), None),
        (".json", codecs.BOM_UTF8 + json.dumps(ROWS, ensure_ascii=False).encode(), None),
        (".jsonl", "\n\n".join(map(json.dumps, ROWS)).encode(), None),
    ],
)
async def test_every_format_gives_the_same_rows(
    imported: Callable[..., Any], suffix: str, content: bytes, encoding: str | None
) -> None:
    report = await imported(content, suffix, encoding=encoding)
    assert (report.failure, outcome(report)) == (None, (3, 0, 0, 0))
    again = await imported(TEXT.encode())
    assert outcome(again) == (0, 0, 3, 0)


@pytest.mark.parametrize("language", ["name", "kk", "ru"])
@pytest.mark.parametrize("spell", [str, str.upper, lambda s: f" {s.replace('_', ' ').title()} "])
async def test_headings_in_three_languages(
    imported: Callable[..., Any], language: str, spell: Callable[[str], str]
) -> None:
    names = LINES[0]
    headings = names if language == "name" else [getattr(heading_of(n), language) for n in names]
    content = text([[spell(heading) for heading in headings], *LINES[1:]]).encode()
    assert outcome(await imported(content)) == (3, 0, 0, 0)


async def test_a_windows_file_is_decoded(imported: Callable[..., Any]) -> None:
    content = text(table([{**ROWS[0], "family_name": "Образец"}])).encode("windows-1251")
    assert outcome(await imported(content, encoding="windows-1251")) == (1, 0, 0, 0)
    assert await count("people", "family_name = 'Образец'") == 1


async def test_cells_of_a_spreadsheet_have_types(imported: Callable[..., Any]) -> None:
    rows = [{**r, "registered_on": date(2025, 1, 31), "iin": int(str(r["iin"])), "silver": True,
             "phone": 77000000000} for r in ROWS]  # fmt: skip
    assert outcome(await imported(workbook(table(rows)), ".xlsx")) == (3, 0, 0, 0)
    assert await count("volunteers", "silver") == await count("people", "phone IS NOT NULL") == 3


@pytest.mark.parametrize(
    ("suffix", "rows_at"),
    [(".csv", (2, 4)), (".xlsx", (2, 3)), (".json", (1, 2)), (".jsonl", (1, 2))],
)
async def test_rows_have_the_numbers_that_a_user_sees(
    imported: Callable[..., Any], suffix: str, rows_at: tuple[int, int]
) -> None:
    rows = [{**row, "region": "Atlantis"} for row in ROWS[:2]]
    lines = table(rows)
    spread = text(lines).replace('"Samplea"', '"Sample\na"').encode()
    contents = {
        ".csv": spread,
        ".xlsx": workbook(lines),
        ".json": json.dumps(rows).encode(),
        ".jsonl": "\n".join(map(json.dumps, rows)).encode(),
    }
    report = await imported(contents[suffix], suffix)
    found = {p.row for p in report.problems if p.column == "region"}
    assert found == set(rows_at)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".json"])
async def test_a_formula_is_refused_with_its_place(
    imported: Callable[..., Any], suffix: str
) -> None:
    rows = [dict(row) for row in ROWS]
    rows[1]["family_name"] = "=1+1"
    rows[2]["iin"] = '=HYPERLINK("http://example.org")' if suffix != ".csv" else "=1"
    lines = table(rows)
    contents = {".csv": text(lines).encode(), ".xlsx": workbook(lines)}
    report = await imported(contents.get(suffix) or json.dumps(rows).encode(), suffix)
    shift = 0 if suffix == ".json" else 1
    assert codes(report) == [(2 + shift, "family_name", "FORMULA"), (3 + shift, "iin", "FORMULA")]
    assert set((await counts()).values()) == {0}


HEADER = ",".join(LINES[0])
BOOK = workbook(LINES)
SHEET_XML = zipfile.ZipFile(io.BytesIO(BOOK)).read(SHEET)
BOMB = rezipped(BOOK, {"xl/media/image.bin": bytes(50 << 20)})
UNUSABLE = {
    "encoding": (".csv", TEXT.encode() + b'"\xd0\xcf"', None, "BROKEN_ENCODING", "line 5"),
    "late encoding": (
        ".csv",
        (TEXT + f"{'x' * 50}\n" * 5000).encode() + b"\xff",
        None,
        "BROKEN_ENCODING",
        "line 5005",
    ),
    "cut encoding": (".csv", TEXT.encode() + b"\xd0", None, "BROKEN_ENCODING", "line 5"),
    "utf-16": (".csv", codecs.BOM_UTF16_LE + b"\x00\xd8a\x00", None, "BROKEN_ENCODING", "line 1"),
    "no encoding": (".csv", TEXT.encode(), "windows-9999", "UNKNOWN_ENCODING", ""),
    "not of text": (".csv", TEXT.encode(), "rot13", "UNKNOWN_ENCODING", ""),
    "utf-16 without a mark": (".csv", TEXT.encode(), "utf-16", "BROKEN_ENCODING", "line 1"),
    "utf-32": (".csv", TEXT.encode(), "utf-32", "BROKEN_ENCODING", "line 1"),
    "idna": (".csv", b"\xff" * 10, "idna", "BROKEN_ENCODING", "line 1"),
    "quote": (".csv", TEXT.encode() + b'"a"b,', None, "BROKEN_CSV", "line 5"),
    "open quote": (".csv", TEXT.encode() + b'"a\n\n\n', None, "BROKEN_CSV", "line 5"),
    "long cell": (".csv", TEXT.encode() + b"x" * 70_000, None, "BROKEN_CSV", "line 5"),
    "nul file": (".csv", bytes(1000), None, "UNKNOWN_COLUMN", "line 1"),
    "empty": (".csv", b"", None, "EMPTY_FILE", ""),
    "blank": (".csv", b"\r\n,,\r\n", None, "EMPTY_FILE", ""),
    "missing": (
        ".csv",
        TEXT.replace('"region"', '"phone"').encode(),
        None,
        "MISSING_COLUMN",
        "line 1",
    ),
    "unknown": (".csv", TEXT.replace('"iin"', '"shoe"').encode(), None, "UNKNOWN_COLUMN", "line 1"),
    "twice": (
        ".csv",
        TEXT.replace('"iin"', '"Region"').encode(),
        None,
        "DUPLICATE_COLUMN",
        "line 1",
    ),
    "format": (".pdf", TEXT.encode(), None, "UNKNOWN_FORMAT", ""),
    "no zip": (".xlsx", b"PK\x03\x04 and so on", None, "UNREADABLE_FILE", ""),
    "cut zip": (".xlsx", BOOK[: len(BOOK) // 2], None, "UNREADABLE_FILE", ""),
    "no book": (".xlsx", rezipped(BOOK, {"xl/workbook.xml": b"<a/>"}), None, "UNREADABLE_FILE", ""),
    "no xml": (
        ".xlsx",
        rezipped(BOOK, {SHEET: b"<worksheet><oops"}),
        None,
        "UNREADABLE_FILE",
        "",
    ),
    "entities": (
        ".xlsx",
        rezipped(BOOK, {SHEET: ENTITIES + SHEET_XML}),
        None,
        "UNREADABLE_FILE",
        "",
    ),
    "bomb": (".xlsx", BOMB, None, "ARCHIVE_TOO_LARGE", ""),
    "entries": (
        ".xlsx",
        rezipped(BOOK, {f"x/{n}": b"x" for n in range(3000)}),
        None,
        "ARCHIVE_TOO_LARGE",
        "",
    ),
    "json": (".json", json.dumps(ROWS).encode()[:-5], None, "BROKEN_JSON", "after row 2"),
    "json bytes": (".json", b'[{"source_id": "\xff"}]', None, "BROKEN_ENCODING", "after row 0"),
    "json lines": (".jsonl", json.dumps(ROWS[0]).encode() + b"\n{", None, "BROKEN_JSON", "line 2"),
    "json depth": (
        ".json",
        json.dumps(ROWS).encode()[:-1] + b"," + b"[" * 5000,
        None,
        "BROKEN_JSON",
        "after row 0",
    ),
    "json lines depth": (
        ".jsonl",
        json.dumps(ROWS[0]).encode() + b"\n" + b'{"a":' * 51,
        None,
        "BROKEN_JSON",
        "line 2",
    ),
    "json digits": (".json", b"[" + b"1" * 5000 + b"]", None, "BROKEN_JSON", "after row 0"),
    "json name": (".json", b'[{"shoe": 1}]', None, "UNKNOWN_COLUMN", "row 1"),
    "json nothing": (".json", b"  ", None, "EMPTY_FILE", ""),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_an_unusable_file_is_reported_with_code_and_place(
    imported: Callable[..., Any], name: str
) -> None:
    suffix, content, encoding, code, place = UNUSABLE[name]
    report = await imported(content, suffix, encoding=encoding, on_error="skip")
    assert report.failure is not None
    assert (report.failure.code, report.failure.place) == (code, place)
    assert (report.exit_code, report.committed) == (2, False)
    assert set((await counts()).values()) == {0}


async def test_broken_bytes_are_named(imported: Callable[..., Any]) -> None:
    report = await imported(TEXT.encode() + b"\xff")
    reason = f"byte {len(TEXT.encode()) + 1} (0xFF) is not utf-8"
    assert report.failure.reason.startswith(reason)
    assert "--encoding windows-1251 or kz1048" in report.failure.reason
    report = await imported(TEXT.encode() + b"\xff", encoding="utf-8")
    assert report.failure.reason == reason


async def test_unknown_columns_name_the_known_ones(imported: Callable[..., Any]) -> None:
    report = await imported(TEXT.replace('"iin"', '"shoe size"').encode())
    assert "shoe size" in report.failure.reason
    assert all(column.name in report.failure.reason for column in KINDS["volunteers"].columns)


@pytest.mark.parametrize("line", ["1,2,3", f"{','.join(['x'] * 30)}"])
async def test_a_line_of_another_length_is_a_wrong_row(
    imported: Callable[..., Any], line: str
) -> None:
    report = await imported(f"{TEXT}{line}\r\n".encode(), on_error="skip")
    assert (codes(report), outcome(report)) == ([(5, None, "ROW_LENGTH")], (3, 0, 0, 1))


async def test_json_rows_that_are_no_objects(imported: Callable[..., Any]) -> None:
    content = json.dumps([*ROWS, 5, {**ROWS[0], "source_id": {"a": 1}}]).encode()
    report = await imported(content, ".json", on_error="skip")
    assert codes(report) == [(4, None, "NOT_AN_OBJECT"), (5, "source_id", "INVALID_TEXT")]


async def test_json_objects_with_a_key_twice_are_rejected(imported: Callable[..., Any]) -> None:
    first, second = (json.dumps(row) for row in ROWS[:2])
    twice = f'{second[:-1]}, "region": "KZ-10"}}'
    report = await imported(f"[{first}, {twice}]".encode(), ".json", on_error="skip")
    assert (codes(report), outcome(report)) == ([(2, None, "DUPLICATE_KEY")], (1, 0, 0, 1))
    assert "region occurs twice" in report.problems[0].reason


async def test_lines_may_end_as_on_old_macintoshes(imported: Callable[..., Any]) -> None:
    assert outcome(await imported(TEXT.replace("\r\n", "\r").encode())) == (3, 0, 0, 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [('"a"b', "double its quotation marks"), ('"a', "no other closes it"), ("x" * 70_000, "65536")],
)
async def test_what_is_wrong_with_a_csv_file_is_said_in_its_own_words(
    imported: Callable[..., Any], line: str, said: str
) -> None:
    report = await imported(f"{TEXT}{line}".encode())
    assert (report.failure.code, report.failure.place) == ("BROKEN_CSV", "line 5")
    assert said in report.failure.reason


async def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    report = await load_file("volunteers", tmp_path / "none.csv")
    assert report.failure is not None
    assert report.failure.code == "UNREADABLE_FILE"


async def test_progress_reports_rows_and_bytes(imported: Callable[..., Any]) -> None:
    calls: list[tuple[int, int]] = []
    await imported(TEXT.encode(), progress=lambda rows, done: calls.append((rows, done)))
    assert calls == [(3, len(TEXT.encode()))]
