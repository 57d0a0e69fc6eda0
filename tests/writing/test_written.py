"""A kind names every model whose rows its import changes."""

from collections.abc import Mapping
from hashlib import sha256

import pytest
from tortoise import Tortoise

from erikti.database.connection import fetch
from erikti.database.tables import APP
from erikti.demo.nation import SEED, Nation
from erikti.demo.tables import tables
from erikti.importers import KINDS, load
from tests.support.owners import OWNERS

TABLES = {model._meta.db_table for model in Tortoise.apps[APP].values()} - {
    "published_figures",
    "sealing_keys",
    "access_records",  # responses with them are never cached
    "access_persons",
    "access_identity",
    "issuers",
    "trusted_documents",  # no response contains them
    "change_sets",
    "changed_tables",
    "feed_head",
    "jobs",
    "suppressions",
    "merged_people",
}


async def digests() -> Mapping[str, str]:
    """Return a digest of the rows of every table."""
    found = {}
    for name in TABLES:
        rows = sorted(repr(tuple(row)) for row in await fetch(f"SELECT * FROM {name}"))
        found[name] = sha256("\n".join(rows).encode()).hexdigest()
    return found


def test_every_table_belongs_to_somebody() -> None:
    assert set(OWNERS) == TABLES


@pytest.mark.usefixtures("database")
async def test_an_import_changes_the_rows_of_the_models_that_its_kind_names() -> None:
    before = await digests()
    for table in tables(Nation(0.001, SEED)):
        report = await load(table.kind, table.rows())
        assert report.committed
        after = await digests()
        changed = {OWNERS[name] for name in TABLES if before[name] != after[name]}
        kind = KINDS[table.kind]
        assert kind.model.__name__ in changed
        assert changed <= kind.written, table.kind
        before = after
