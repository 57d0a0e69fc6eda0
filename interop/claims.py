"""What was claimed, which tool proved it, and the page that lists both."""

from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- claims -->\n", "<!-- end of claims -->\n"
HEAD = "| part | claim | tool | version | result |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, order=True)
class Claim:
    """One line of the page."""

    part: str
    text: str
    tool: str
    version: str
    result: str

    def line(self) -> str:
        """As a row of a table."""
        cells = (self.part, self.text, self.tool, self.version, self.result)
        return f"| {' | '.join(cells)} |\n"


class Claims:
    """The claims of one run, of some parts or all."""

    def __init__(self) -> None:
        self._found: list[Claim] = []

    def add(self, part: str, text: str, tool: str, version: str, result: str) -> None:
        """Note a claim that was proven."""
        self._found.append(Claim(part, text, tool, version, result))

    def write(self, page: Path) -> None:
        """Put them into the table of the page, in the place of those of the same parts."""
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        table, _, after = rest.partition(END)
        run = {claim.part for claim in self._found}
        listed = [Claim(*line[2:-2].split(" | ")) for line in table.splitlines()[2:]]
        claims = [*(claim for claim in listed if claim.part not in run), *self._found]
        table = HEAD + "".join(claim.line() for claim in sorted(claims))
        page.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")
