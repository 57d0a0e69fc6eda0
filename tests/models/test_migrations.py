"""Migrations lead from an empty database and from each version to the models' schema."""

import asyncio
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.exceptions import IntegrityError
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.executor import MigrationTarget

from erikti.database import makemigration
from erikti.database.connection import (
    Database,
    config,
    connection,
    dialect,
    fetch,
    transaction,
)
from erikti.database.migration_executor import Executor
from erikti.database.tables import APP
from models.migrate import LOCK, NewerDatabaseError, migrate, pending
from models.people import Country, Region
from models.statistics import PublishedFigure
from tests.models.tables import MODELS
from tests.support.tree import ROOT

VERSIONS = sorted(path.stem for path in (ROOT / "models/migrations").glob("0*.py"))


async def tables() -> set[str]:
    """Return the names of all tables except SQLite's own."""
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        if dialect().name == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    return {row[0] for row in await fetch(catalogue)}


async def test_the_models_need_no_further_migration(database: str) -> None:
    changes = await MigrationAutodetector(Tortoise.apps, config(database)["apps"]).changes()
    assert [writer.operations for writer in changes] == [], "run make migration NAME=..."


async def test_a_migration_gets_the_next_number_and_the_given_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await makemigration.needed("forum_motto") == []
    (tmp_path / "blank").mkdir()
    (tmp_path / "blank/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    without = config(makemigration.URL)
    without["apps"][APP]["migrations"] = "blank"
    monkeypatch.setattr(makemigration, "config", lambda _: without)
    (writer,) = await makemigration.needed("forum_motto")
    assert writer.write() == tmp_path / "blank/0001_forum_motto.py"


def test_a_missing_migration_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert makemigration.main(["--check"]) == 0

    async def one(name: str | None) -> list[object]:
        return [object()]

    monkeypatch.setattr(makemigration, "needed", one)
    assert makemigration.main(["--check"]) == 1
    assert "run make migration" in capsys.readouterr().err


async def test_every_model_has_its_table_with_its_columns_and_checks(database: str) -> None:
    assert database
    present = await tables()
    for model in MODELS:
        name = model._meta.db_table
        assert name in present
        rows = await fetch(f"SELECT {', '.join(model._meta.db_fields)} FROM {name} LIMIT 1")
        assert rows is not None
        declared = {c.name for c in model._meta.constraints if isinstance(c, CheckConstraint)}
        assert declared <= await checks(name)


async def checks(name: str) -> set[str]:
    """Return the names of a table's check constraints."""
    if dialect().name == "sqlite":
        (row,) = await fetch(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")
        return {word.strip('"') for word in row[0].split() if word.startswith('"ck_')}
    rows = await fetch(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = $1::text::regclass",
        [name],
    )
    return {row[0] for row in rows}


async def test_migrating_from_empty_fills_the_reference_data(empty_url: str) -> None:
    url = empty_url
    async with Database(url):
        assert await migrate(url) == VERSIONS
        assert await migrate(url) == []
        assert await Region.all().count() == 20
        assert await Country.filter(cis_status__isnull=False).count() == 10
        assert await PublishedFigure.all().count() == 19


async def test_migrating_leads_from_every_version_to_the_latest_and_keeps_the_records(
    empty_url: str,
) -> None:
    url = empty_url
    async with Database(url):
        names = await versions(url)
        for name in names:
            executor = Executor(connection(), config(url)["apps"])
            await executor.migrate([MigrationTarget(APP, name)])
            if name == names[0]:
                await fetch(
                    "INSERT INTO published_figures (code, year, value, note, source) VALUES ('a', 1999, '1', '', '')"
                )
        await migrate(url)
        assert await pending(url) == []
        assert await PublishedFigure.filter(year=1999).count() == 1


KEY = "019ab00000007000800000000000000"  # and a last digit


def key(digit: int) -> str:
    """Return an ID as a literal."""
    return f"x'{KEY}{digit}'" if dialect().name == "sqlite" else f"'{KEY}{digit}'"


async def with_consent(url: str, purpose: str) -> str:
    """Create a database of the version before consents had a source, with one consent.

    Returns the name of the next version.
    """
    names = await versions(url)
    place = next(n for n, name in enumerate(names) if name.endswith("_consents"))
    executor = Executor(connection(), config(url)["apps"])
    await executor.migrate([MigrationTarget(APP, names[place - 1])])
    await fetch("INSERT INTO countries (code, name_en) VALUES ('UZ', 'Uzbekistan')")
    await fetch(
        f"INSERT INTO people (id, display_name, recorded_on) VALUES ({key(1)}, 'A.', '2025-01-01')"
    )
    await fetch(
        "INSERT INTO consents (id, person_id, purpose, recipient_country_id, given_on, expires_on)"
        f" VALUES ({key(2)}, {key(1)}, '{purpose}', 'UZ', '2025-03-01', '2030-02-28')"
    )
    return names[place]


async def test_consents_of_earlier_versions_are_preserved_and_get_a_source(empty_url: str) -> None:
    said = "id, person_id, purpose, recipient_country_id, given_on, expires_on, withdrawn_on"
    async with Database(empty_url):
        await with_consent(empty_url, "FORUM_PARTICIPATION")
        (before,) = await fetch(f"SELECT {said} FROM consents")
        await migrate(empty_url)
        (after,) = await fetch(f"SELECT {said} FROM consents")
        assert tuple(after) == tuple(before)
        (source,) = await fetch("SELECT source_system, source_id FROM consents")
        assert tuple(source) == ("ERIKTI", f"{KEY}2")
        assert "consents_before" not in await tables()


async def test_a_consent_for_an_unknown_purpose_ends_the_migration_and_stays(
    empty_url: str,
) -> None:
    async with Database(empty_url):
        name = await with_consent(empty_url, "curiosity")
        with pytest.raises(IntegrityError, match="ck_consents_purpose"):
            await migrate(empty_url)
        assert name in await versions(empty_url)
        ((purpose,),) = await fetch("SELECT purpose FROM consents")
        assert purpose == "curiosity"
        assert "consents_before" not in await tables()


async def versions(url: str) -> list[str]:
    """Return the names of all migrations in order."""
    return [step.migration.name for step in await pending(url)]


async def test_reference_data_is_corrected_but_never_removed(database: str) -> None:
    await fetch("UPDATE regions SET name_en = 'Wrong' WHERE code = 'KZ-75'")
    await fetch(
        "INSERT INTO published_figures (code, year, value, note, source) VALUES ('a', 1999, '1', '', '')"
    )
    await migrate(database)
    assert (await Region.get(code="KZ-75")).name_en == "Almaty"
    assert await PublishedFigure.all().count() == 20


async def test_a_newer_database_is_rejected_and_not_changed(database: str) -> None:
    await fetch(
        "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('erikti', '9999_later', '2030-01-01 00:00:00+00:00')"
    )
    await fetch("UPDATE regions SET name_en = 'Wrong' WHERE code = 'KZ-75'")
    with pytest.raises(NewerDatabaseError, match="9999_later"):
        await migrate(database)
    assert (await Region.get(code="KZ-75")).name_en == "Wrong"


@pytest.mark.parametrize("server", ["postgres"], indirect=True)
async def test_two_migrations_at_once_take_turns(empty_url: str) -> None:
    async with Database(empty_url):
        done = await asyncio.gather(migrate(empty_url), migrate(empty_url))
    assert sorted(done) == [[], VERSIONS]


async def test_a_migration_waits_for_another_longer_than_for_other_locks(database: str) -> None:
    begun = asyncio.Event()

    async def other() -> None:
        async with dialect().advisory_lock(transaction, LOCK):
            begun.set()
            await asyncio.sleep(6)  # locks are waited for 5 seconds

    holding = asyncio.create_task(other())
    await begun.wait()
    assert await migrate(database) == []
    await holding
