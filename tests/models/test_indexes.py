"""Every column that is filtered, sorted or joined by has an index."""

import pytest
from graphql import GraphQLObjectType
from tortoise.models import Model

from erikti.database.connection import dialect, fetch
from models.people import Country
from resolvers.data import Page
from resolvers.dataloaders import LISTINGS
from resolvers.dataloaders.listings import Listing
from resolvers.dataloaders.tables import column_of, order_column, related, table
from schema import schema
from schema.building.fields import DATA
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
    """Return the first columns of the indexes that a listing needs."""
    model = listing.model
    key = table(model).key
    names = {*listing.compared, *listing.sorted} - {*listing.tags, key}
    names -= SCANNED.get(listing.name, set())
    if not listing.orders:
        # A closed set of reference data: its texts are few.
        names = {name for name in names if name not in table(model).sort_keys}
    whole = {(order_column(model, name), key) for name in names}
    by_parent = {
        (parent, order_column(model, name), key)
        for parent in parents(listing)
        for order in listing.orders
        for name in (listing.reads(order) if listing.is_text(order) else [listing.column(order)])
        if order_column(model, name) != parent
    }
    return whole | by_parent


def parents(listing: Listing) -> set[str]:
    """Return the columns by which lists of a listing are loaded: those of the fields that are pages."""
    found: set[str] = set()
    for type_ in schema._schema.type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            definition = field.extensions.get("strawberry-definition")
            data = definition.metadata.get(DATA) if definition else None
            if isinstance(data, Page) and data.source.listing is listing and data.source.parent:
                found.update({data.source.parent.column} - {None})  # type: ignore[arg-type]
    return found


def unique(model: type[Model]) -> set[tuple[str, ...]]:
    """Return the columns that are unique together, which have no ties for an ID to break."""
    meta = model._meta
    single = {(name,) for name, field in meta.fields_map.items() if field.unique}
    return single | {tuple(column_of(model, n) for n in names) for names in meta.unique_together}


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.name)
async def test_every_order_and_filter_of_every_list_has_its_index(listing: Listing) -> None:
    model = listing.model
    present = await indexed(model._meta.db_table)
    for columns in needed(listing):
        wanted = list(columns[:-1] if columns[:-1] in unique(model) else columns)
        assert any(index[: len(wanted)] == wanted for index in present), (
            f"{listing.name} needs an index of {wanted}: add it to keyset(...) of its model, "
            "or to keyset_of(...) if its first column is a parent"
        )
    for name, link in listing.tags.items():
        ties = await indexed(link.model._meta.db_table)
        filtered = any(index[:2] == [link.value, link.owner] for index in ties)
        assert filtered or name not in listing.filters
        assert any(index[:2] == [link.owner, link.value] for index in ties)


def test_lists_by_parent_are_found() -> None:
    found = {listing.name: parents(listing) for listing in LISTINGS}
    assert found["Volunteer"] == {"region_id", "organisation_id"}
    assert found["Placement"] > {"programme_id", "duty_station_id"}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
async def test_every_foreign_key_is_indexed(model: type[Model]) -> None:
    present = await indexed(model._meta.db_table)
    for name in model._meta.fk_fields | model._meta.o2o_fields:
        if related(model, name) is Country and model.__name__ == "Person":
            continue  # people are never searched by citizenship
        column = column_of(model, name)
        assert any(index[0] == column for index in present), (model, column)
