"""Claims, the tools that proved them, and the page that lists both."""

from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- claims -->\n", "<!-- end of claims -->\n"
HEAD = "| part | claim | tool | version | result |\n|---|---|---|---|---|\n"


@dataclass(frozen=True, order=True)
class Claim:
    """A row of the page."""

    part: str
    text: str
    tool: str
    version: str
    result: str

    def line(self) -> str:
        """Return it as a row of a table."""
        cells = (self.part, self.text, self.tool, self.version, self.result)
        return f"| {' | '.join(cells)} |\n"


class Claims:
    """The claims of one run, for some parts or all."""

    def __init__(self) -> None:
        self._found: list[Claim] = []

    def add(self, part: str, text: str, tool: str, version: str, result: str) -> None:
        """Add a proven claim."""
        self._found.append(Claim(part, text, tool, version, result))

    def write(self, page: Path) -> None:
        """Write them to the page's table, replacing those of the same parts."""
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        table, _, after = rest.partition(END)
        run = {claim.part for claim in self._found}
        listed = [Claim(*line[2:-2].split(" | ")) for line in table.splitlines()[2:]]
        claims = [*(claim for claim in listed if claim.part not in run), *self._found]
        table = HEAD + "".join(claim.line() for claim in sorted(claims))
        page.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")
