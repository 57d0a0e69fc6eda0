"""docs/limits.md lists every limit with the default of the settings."""

from dataclasses import fields

from erikti.guard.documentation import PAGE, page
from erikti.guard.limits import Limits
from erikti.settings import variable


def test_the_page_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(variable), "run make docs"
    assert all(f"`{variable(item.name)}`" in text for item in fields(Limits))
