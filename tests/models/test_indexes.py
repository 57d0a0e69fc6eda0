"""Every column that is filtered, sorted or joined by has an index."""

import pytest
from tortoise.models import Model

from erikti.database.connection import dialect, fetch
from models.people import Country
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.listings import Listing
from resolvers.dataloaders.tables import column_of, related, table
from tests.models.tables import MODELS

# Columns whose records are read one by one, which is charged (docs/limits.md).
SCANNED = {"Participation": {"ends_on"}}

pytestmark = pytest.mark.usefixtures("open_nation")


async def indexed(name: str) -> list[list[str]]:
    """Return the columns of every index of a table, in order."""
    if dialect().name == "sqlite":
        names = [row[1] for row in await fetch(f"PRAGMA index_list({name})")]
        return [[row[2] for row in await fetch(f"PRAGMA index_info({index})")] for index in names]
    rows = await fetch(
        """SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_index i
           CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(attnum, n)
           JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
           WHERE i.indrelid = $1::text::regclass GROUP BY i.indexrelid""",
        [name],
    )
    return [row[0] for row in rows]


def needed(listing: Listing) -> set[tuple[str, ...]]:
    """Return the first columns of the indexes that a listing needs.

    Texts are searched in any language, which no index of one language serves.
    """
    model = listing.model
    key = table(model).key
    texts = {
        column
        for name in listing.filters
        if listing.is_text(name)
        for column in listing.reads(name)
    }
    columns = {
        column_of(model, name)
        for name in (*listing.compared, *listing.sorted)
        if name not in listing.tags
        and name != key
        and name not in texts | SCANNED.get(listing.name, set())
    }
    return {(column, key) for column in columns}


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
async def test_every_column_to_filter_or_sort_by_is_indexed_with_the_id(
    listing: Listing,
) -> None:
    present = await indexed(listing.model._meta.db_table)
    for column, key in needed(listing):
        # A unique column has no ties, so its own index is enough.
        unique = listing.model._meta.fields_map[column].unique
        wanted = [column] if unique else [column, key]
        assert any(index[: len(wanted)] == wanted for index in present), (
            f"{listing.name} needs an index of {wanted}: add {column} to keyset(...) of its model"
        )
    for name, link in listing.tags.items():
        ties = await indexed(link.model._meta.db_table)
        filtered = any(index[:2] == [link.value, link.owner] for index in ties)
        assert filtered or name not in listing.filters
        assert any(index[:2] == [link.owner, link.value] for index in ties)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
async def test_every_foreign_key_is_indexed(model: type[Model]) -> None:
    present = await indexed(model._meta.db_table)
    for name in model._meta.fk_fields | model._meta.o2o_fields:
        if related(model, name) is Country and model.__name__ == "Person":
            continue  # people are never searched by citizenship
        column = column_of(model, name)
        assert any(index[0] == column for index in present), (model, column)
