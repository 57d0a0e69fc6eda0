"""Sort keys and folded texts: declared, indexed and written by whatever writes a record."""

from collections.abc import Sequence
from typing import Any

import pytest
from tortoise.fields import Field
from tortoise.fields.data import CharEnumFieldInstance
from tortoise.migrations.executor import MigrationTarget
from tortoise.models import Model

from erikti.database.connection import Database, config, connection, dialect, fetch
from erikti.database.fields import Folded, SortKey, Text, derived
from erikti.database.migration_executor import Executor
from erikti.database.search import index_name
from erikti.database.tables import APP
from erikti.importers import load
from models import texts
from models.migrate import migrate
from models.people import Country, Person
from models.volunteers import Organisation
from resolvers.dataloaders import LISTINGS
from tests.importers.samples import NATION
from tests.models.tables import KEY, MODELS, organisation

LANGUAGES = ("_kk", "_ru", "_en")
COMPUTED = [(model, name) for model in MODELS for name in derived(model)]


def of_people(model: type[Model], name: str, field: Field[Any]) -> bool:
    """Return whether a column is a name or title that clients see in a list."""
    plain = isinstance(field, Text) and not isinstance(field, SortKey | CharEnumFieldInstance)
    return plain and (name.endswith(LANGUAGES) or name == "display_name")


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_name_and_title_has_a_sort_key_and_a_folded_form(model: type[Model]) -> None:
    sources: dict[type[Field[Any]], set[str]] = {SortKey: set(), Folded: set()}
    for field in derived(model).values():
        sources[type(field)].update(field.sources)
    for name, column in model._meta.fields_map.items():
        if of_people(model, name, column):
            assert name in sources[SortKey]
            assert name in sources[Folded]


def test_the_orders_and_filters_of_lists_are_among_them() -> None:
    for listing in LISTINGS:
        fields = listing.model._meta.fields_map
        for name in {*listing.sorted, *listing.compared} - set(listing.tags):
            if of_people(listing.model, name, fields[name]):
                assert f"{name}_key" in fields


@pytest.mark.parametrize(("model", "name"), COMPUTED, ids=str)
async def test_every_folded_text_has_its_index(
    database: str, model: type[Model], name: str
) -> None:
    assert database
    if not isinstance(derived(model)[name], Folded):
        return
    index = index_name(model._meta.db_table, name)
    catalogue = "sqlite_master" if dialect().name == "sqlite" else "pg_indexes"
    column, definition = (
        ("name", "sql") if dialect().name == "sqlite" else ("indexname", "indexdef")
    )
    ((found,),) = await fetch(f"SELECT {definition} FROM {catalogue} WHERE {column} = '{index}'")
    assert "trigram" in found or "gin_trgm_ops" in found


async def check_all() -> dict[str, int]:
    """Check the computed columns of all records; return the number of records by table."""
    counted = {}
    for model in texts.models_with_texts():
        columns = derived(model)
        sources = sorted({name for field in columns.values() for name in field.sources})
        rows = await model.all().values(*sources, *columns)
        for row in rows:
            for name, field in columns.items():
                assert row[name] == field.derive([row[source] for source in field.sources])
        counted[model._meta.db_table] = len(rows)
    return counted


async def test_imports_write_them(database: str) -> None:
    assert database
    for kind, rows in NATION.items():
        assert (await load(kind, rows)).committed
    counted = await check_all()
    assert all(counted.values()), counted
    renamed: Sequence[dict[str, Any]] = [
        {**row, "name_ru": "Ёлка", "name_kk": ""} for row in NATION["organisations"]
    ]
    assert (await load("organisations", renamed)).updated
    people = [{**row, "given_name": "Қамқор"} for row in NATION["volunteers"]]
    assert (await load("volunteers", people)).updated
    await check_all()


async def test_the_demo_writes_them(nation: str) -> None:
    assert nation
    assert await check_all()
    assert await texts.is_filled()


async def test_saved_models_write_them_whatever_is_assigned(database: str) -> None:
    assert database
    country = await Country.get(code="KZ")
    country.name_kk, country.name_kk_key = "Ёлка", "wrong"
    await country.save()
    await Person.create(display_name="Әсем Қ.", recorded_on="2025-01-01")
    await Person.bulk_create([Person(display_name="Ән Б.", recorded_on="2025-01-01")])
    await check_all()


async def test_rows_written_in_sql_are_filled_by_the_next_migration(database: str) -> None:
    await fetch(organisation(KEY, "1", name_kk="'Қамқор'"))
    await fetch(organisation(KEY[:-1] + "2", "2", name_kk="''"))
    await fetch(organisation(KEY[:-1] + "3", "3", name_en="''"))
    assert not await texts.is_filled()
    done: list[tuple[str, int, int]] = []
    await migrate(database, lambda *progress: done.append(progress))
    assert done == [("organisations", 3, 3)]
    assert await texts.is_filled()
    await check_all()


async def test_a_database_of_before_is_filled_in_batches_that_may_be_interrupted(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "BATCH", 2)
    async with Database(empty_url):
        executor = Executor(connection(), config(empty_url)["apps"])
        await executor.migrate([MigrationTarget(APP, "0009_read_pages")])
        await fetch(
            "INSERT INTO regions (code, kato_code, kind, name_en) VALUES ('KZ-75', '1', 'CITY', 'x')"
        )
        for number in range(1, 6):
            await fetch(organisation(f"{KEY[:-1]}{number}", str(number), name_ru="'Ёлка'"))

        def interrupt(table: str, done: int, whole: int) -> None:
            if table == "organisations" and done >= 3:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            await migrate(empty_url, interrupt)
        assert 0 < await Organisation.filter(name_folded__not_isnull=True).count() < 5
        await migrate(empty_url)
        await check_all()
        assert {o.name_ru_key for o in await Organisation.all()} == {
            derived(Organisation)["name_ru_key"].derive(["Ёлка"])
        }


async def test_deleted_and_renamed_records_are_not_found(database: str) -> None:
    assert database
    for number, name in enumerate(("Қамқор", "Ёлка", "Бастау"), 1):
        await Organisation.create(
            source_system="TEST",
            source_id=str(number),
            name_kk=name,
            name_en="An organisation",
            region_id="KZ-75",
            kind="STUDENT",
            registered_on="2025-01-01",
        )
    condition = dialect().search("organisations", "name_folded", "t", 1)

    async def found(text: str) -> int:
        sql = f"SELECT count(*) FROM organisations t WHERE {condition}"
        return int((await fetch(sql, [dialect().searched(text)]))[0][0])

    assert [await found(text) for text in ("kamkor", "elka", "astau", "orga")] == [1, 1, 1, 3]
    renamed = await Organisation.get(name_kk="Ёлка")
    renamed.name_kk = "Жаңа"
    await renamed.save()
    await Organisation.filter(name_kk="Бастау").delete()
    await dialect().purge(connection(), "organisations")
    assert [await found(text) for text in ("kamkor", "elka", "zhana", "astau")] == [1, 0, 1, 0]
