"""The embedded database beside PostgreSQL, in this version and the earlier one."""

import hashlib
import sqlite3
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import database, equality
from benchmarks.contestants import OURS
from benchmarks.operations import Operation, operations
from benchmarks.peers.statements import global_id
from benchmarks.servers import DATA
from benchmarks.tables.run import Loads, Run, by_name

OPERATIONS = ("record", "page20", "page100")
FOLDER = "sqlite"


def sqlite(run: Run, scale: float) -> dict[str, Any]:
    """Return the loads on a new SQLite database of this scale, and on the run's PostgreSQL."""
    place = run.folder / FOLDER
    place.mkdir()
    path = place / "erikti.db"
    url = f"sqlite://{path}"
    database.load(url, place / DATA, scale)
    embedded = run.selected(operations(record_ids(path)))
    found = _loads(run, "SQLite", url, embedded, FOLDER)
    return {"loads": found | _loads(run, "PostgreSQL", run.url, run.wanted(), "")}


def _loads(run: Run, label: str, url: str, everything: list[Operation], folder: str) -> Loads:
    selected = [one for one in everything if one.name in OPERATIONS]
    with run.started([OURS, run.earlier(OURS)], url=url, folder=folder) as servers:
        equality.compare(servers[0], servers[1:], selected)
        loads = run.timed(by_name(servers), lambda _: selected)
    return {f"{operation}, {label}": found for operation, found in loads.items()}


def record_ids(path: Path) -> list[str]:
    """Return the global IDs of some volunteers, chosen as on PostgreSQL."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT id FROM volunteers")
        keys = [str(UUID(bytes=key)) for (key,) in found]
    keys.sort(key=lambda key: hashlib.md5(key.encode()).digest())
    return [global_id(key) for key in keys[: database.RECORDS]]
