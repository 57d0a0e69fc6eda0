"""LibreOffice Calc, which saves spreadsheets as other programs do."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

WORKBOOK = "xlsx:Calc MS Excel 2007 XML"
# Separator, quotation mark and character set, in LibreOffice's numbers.
UTF_8, WINDOWS_1251, UTF_16 = ("59,34,76", "44,34,34", "9,34,65535")
MISSING = "LibreOffice is missing: apt-get install --no-install-recommends libreoffice-calc"


class Office:
    """A LibreOffice with a profile of its own, since two cannot share one."""

    def __init__(self, profile: Path) -> None:
        found = shutil.which("soffice")
        assert found is not None, MISSING
        self.command = [found, "--headless", f"-env:UserInstallation={profile.as_uri()}"]
        self.version = self._run("--version").split()[1]

    def saved(self, paths: Sequence[Path], form: str = WORKBOOK) -> list[Path]:
        """Return the files of one folder as LibreOffice saves them: as workbooks, or as text."""
        extension = "xlsx" if form == WORKBOOK else "csv"
        folder = paths[0].parent / f"saved-{form.replace(':', '-').replace(',', '-')}"
        if form != WORKBOOK:
            form = f"csv:Text - txt - csv (StarCalc):{form}"
        self._run("--convert-to", form, "--outdir", str(folder), *map(str, paths))
        return [folder / f"{path.stem}.{extension}" for path in paths]

    def _run(self, *arguments: str) -> str:
        ended = subprocess.run(
            [*self.command, *arguments], capture_output=True, text=True, check=True, timeout=300
        )
        return ended.stdout
