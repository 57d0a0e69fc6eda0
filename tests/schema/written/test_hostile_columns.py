"""Hostile texts in every text column of every declared type are the same both ways."""

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from typing import Any, NamedTuple

import pytest
from graphql import GraphQLObjectType, get_named_type
from strawberry.relay import to_base64
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.fields import CharField, TextField
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.models import Model

from erikti.database.connection import dialect, fetch, transaction
from erikti.database.fields import Folded, SortKey
from erikti.database.sealed import Sealed
from models.people import Language
from models.volunteers import Organisation
from resolvers import data
from resolvers.dataloaders.tables import column_of, table
from resolvers.global_ids import NODES, key_text
from schema.building.sources import SOURCE_COLUMNS
from tests.schema.walk import entities
from tests.schema.written.hostile import ALL, ENDS
from tests.schema.written.storing import unbounded, unchecked
from tests.support.both_ways import BothWays
from tests.support.declared import declared_data
from tests.support.queries import AS_REGISTRAR, ask, engine

pytestmark = pytest.mark.usefixtures("generous", "own_nation")
STORED = (ALL, *ENDS)
# Columns whose values are no free texts, and those of which only the executor shows fields.
OTHERS = (Sealed, SortKey, Folded, CharEnumFieldInstance)
PERSONAL = {"family_name", "given_name", "patronymic", "latin_name", "iin_hash"}


class Shown(NamedTuple):
    """A selection that shows a text column of a type; the text is the innermost value."""

    selection: str
    column: str


def shown(type_: GraphQLObjectType) -> Iterator[Shown]:
    """Yield the selections that show text columns of a type."""
    for name, field in type_.fields.items():
        match declared_data(field):
            case data.Column(column) | data.PublicName(column):
                yield Shown(name, column)
            case data.Localised(prefix):
                for code in Language:
                    yield Shown(f"{name}(language: {code.name})", f"{prefix}_{code}")
            case data.Part(columns):
                yield from _of_part(name, field.type, columns)
            case data.SourceOfPerson():
                yield from _of_part(name, field.type, SOURCE_COLUMNS.columns)


def _of_part(name: str, type_: Any, columns: Mapping[str, str]) -> Iterator[Shown]:
    for inner, field in get_named_type(type_).fields.items():
        attribute = field.extensions["strawberry-definition"].python_name
        yield Shown(f"{name} {{ {inner} }}", columns[attribute])


def texts(model: type[Model]) -> set[str]:
    """Return the columns of a model with free texts, but for keys of records."""
    references = model._meta.fk_fields | model._meta.o2o_fields
    keys = {table(model).key, *(column_of(model, name) for name in references)}
    return {
        name
        for name, field in model._meta.fields_map.items()
        if isinstance(field, CharField | TextField) and not isinstance(field, OTHERS)
    } - {*PERSONAL, *keys}


async def store(model: type[Model], column: str, values: Mapping[Any, str]) -> None:
    """Store the values of a column, by the key of their record."""
    records, spell = table(model), dialect().param
    sql = f"UPDATE {records.name} SET {column} = {spell(1)} WHERE {records.key} = {spell(2)}"
    async with transaction() as client:
        for key, value in values.items():
            await client.execute_query(sql, [value, key])


def storable() -> tuple[str, ...]:
    """Return the texts that the database can hold: SQLite also holds NUL."""
    return (*STORED, "\0", 'a\0"b', "\0\x01") if dialect().name == "sqlite" else STORED


def innermost(value: Any) -> Any:
    """Return what is within objects of one field each."""
    while isinstance(value, dict):
        (value,) = value.values()
    return value


@pytest.mark.parametrize("type_", entities(), ids=str)
async def test_texts_stay_in_their_strings(type_: GraphQLObjectType) -> None:
    model, found = NODES[type_.name].model, engine()
    columns, stored = texts(model), storable()
    records = table(model)
    await unchecked(records.name)
    await unbounded(records.name, columns)
    rows = await fetch(f"SELECT {records.key} FROM {records.name} ORDER BY 1 LIMIT {len(stored)}")
    keys = [row[0] for row in rows]
    ids = [to_base64(type_.name, key_text(key)) for key in keys]
    assert isinstance(found, BothWays)
    tested = set()
    for selection, column in shown(type_):
        if column not in columns:
            continue
        tested.add(column)
        on = f"... on {type_.name} {{ {selection} }}"
        query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ {on} }} }}"
        for start in range(0, len(stored), len(keys)):
            values = dict(zip(keys, stored[start:], strict=False))
            await store(model, column, values)
            before = found.taken["written"]
            nodes = (await ask(query, ids=ids[: len(values)], **AS_REGISTRAR))["nodes"]
            assert list(map(innermost, nodes)) == list(values.values()), selection
            assert found.taken["written"] == before + 1
    assert tested == columns


async def test_postgresql_takes_no_nul() -> None:
    ((key,),) = await fetch("SELECT id FROM organisations ORDER BY 1 LIMIT 1")
    expected = pytest.raises(OperationalError) if dialect().name == "postgres" else nullcontext()
    with expected:
        await store(Organisation, "name_kk", {key: "a\0b"})


@pytest.mark.parametrize("name", NODES)
async def test_codes_are_bounded_by_constraints(name: str) -> None:
    """They are written without a look at them."""
    model = NODES[name].model
    rows = await fetch(f"SELECT {table(model).key} FROM {table(model).name} LIMIT 1")
    for column, field in model._meta.fields_map.items():
        if isinstance(field, CharEnumFieldInstance):
            for text in ('"', "", "{"):
                with pytest.raises(IntegrityError):
                    await store(model, column, {rows[0][0]: text})
