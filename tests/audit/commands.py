"""Helpers to run the commands of the access log."""

from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner, Result

from erikti.commands.audit import app


class Where(NamedTuple):
    """The settings with the locations of the log."""

    database_url: str
    checkpoints: Path
    key: Path


NOWHERE = Where("sqlite:///nowhere/erikti.db", Path("/nowhere"), Path("/nowhere/key"))


def run(where: Where, command: str, *arguments: str | Path) -> Result:
    variables = {
        "DATABASE_URL": where.database_url,
        "ERIKTI_CHECKPOINTS": str(where.checkpoints),
        "ERIKTI_AUDIT_KEY": str(where.key),
    }
    single = app.entries[command].imported.app
    return CliRunner(env=variables).invoke(single, list(map(str, arguments)))
