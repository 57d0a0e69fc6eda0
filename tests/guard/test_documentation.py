"""docs/limits.md lists every limit with the default of the settings."""

from dataclasses import fields

from erikti.guard.documentation import PAGE, page
from erikti.guard.limits import Limits
from erikti.settings import variable


def test_the_page_is_current() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(variable), "run python -m tests.guard.test_documentation"
    assert all(f"`{variable(item.name)}`" in text for item in fields(Limits))


if __name__ == "__main__":
    PAGE.write_text(page(variable), encoding="utf-8")
