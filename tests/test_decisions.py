"""Decision records have one form, and their index agrees with them."""

import re
from datetime import date
from pathlib import Path

import pytest

from tools.decisions import FOLDER, PAGE, head, page, records

RECORDS = records()
SECTIONS = ["Context", "Decision", "Alternatives", "Consequences"]
LONGEST = 50  # lines: a screen
LINK = r"\[(\d{4})\]\((\d{4})-[\w-]+\.md\)"


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_the_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = head(path)
    assert path.name.startswith(f"{found['number']}-")
    assert date.fromisoformat(found["date"])
    parts = re.split(r"^## (.+)\n\n", text, flags=re.MULTILINE)
    assert parts[1::2] == SECTIONS
    assert all(part.strip() for part in parts[2::2])
    assert text.count("\n") <= LONGEST


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_status_names_later_records_that_are_there(path: Path) -> None:
    status = head(path)["status"]
    assert re.fullmatch(rf"Accepted|(?:Superseded|Amended) by {LINK}(?:, {LINK})*", status)
    for shown, linked in re.findall(LINK, status):
        assert shown == linked > head(path)["number"]


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_links_of_records_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (FOLDER / target).is_file(), target


def test_numbers_are_used_once() -> None:
    numbers = [path.name[:4] for path in RECORDS]
    assert len(numbers) == len(set(numbers)) > 0


def test_the_index_lists_every_record() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(), "run make docs"
    assert all(f"]({path.name})" in text for path in RECORDS)
