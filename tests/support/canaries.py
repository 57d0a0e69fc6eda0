"""What must not be read anywhere but where it belongs, and who looks for it in every log."""

import logging
import os
import re

from erikti.writing.identifiers import check_digit

NUMBER = re.compile(r"(?<!\d)\d{6}[3-6]\d{5}(?!\d)")
# Of ids by chance, twelve digits in a row may look like a number.
IDS = re.compile(r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})\b")
OTHERS = {
    "an e-mail address": re.compile(r"[\w.+-]+@example\.org"),
    "a telephone number": re.compile(r"\+7\d{10}(?!\d)|(?<!\d)7808\d{7}(?!\d)"),
    "a token": re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"),
}
LOGGERS = ("", "erikti", "tortoise", "asyncpg", "uvicorn", "uvicorn.error", "asyncio")


def personal(text: str) -> set[str]:
    """What a text holds of the invented people, by kind and not by value."""
    found = {kind for kind, pattern in OTHERS.items() if pattern.search(text)}
    if any(
        number[-1] == str(check_digit(number[:-1])) for number in NUMBER.findall(IDS.sub("", text))
    ):
        found.add("an identification number")
    return found


class Watch(logging.Handler):
    """Reads every record of a run, as it would be written; ``found`` says who told what where."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.found: set[str] = set()
        self.read = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Read one record, its arguments and its exception included."""
        self.read += 1
        for kind in personal(f"{self.format(record)} {record.args!r}"):
            test = os.environ.get("PYTEST_CURRENT_TEST", "")
            place = f"{record.pathname}:{record.lineno}"
            self.found.add(f"the logger {record.name!r} told {kind} at {place} in {test}")

    def attach(self) -> None:
        """Hear whatever is logged from now on, from our own loggers in every detail."""
        logging.getLogger("erikti").setLevel(logging.DEBUG)
        for name in LOGGERS:
            logging.getLogger(name).addHandler(self)

    def detach(self) -> None:
        """Hear nothing any more."""
        logging.getLogger("erikti").setLevel(logging.NOTSET)
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(self)
