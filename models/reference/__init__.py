"""Reference data of every installation: regions, countries, goals and published figures.

Regions, goals, CIS states and figures are CSV files in this folder; names of countries come
from the Unicode CLDR, their codes from ISO 3166-1.
"""

import csv
from collections.abc import Iterable, Mapping
from importlib.resources import files

import pycountry
from babel import Locale
from tortoise.models import Model

from models.changes import ChangeKind, Origin, change_set
from models.people import Country, Region, SustainableDevelopmentGoal
from models.statistics import PublishedFigure

LANGUAGES = ("kk", "ru", "en")
WRITTEN = Origin(ChangeKind.MIGRATION, "erikti migrate", reason="Reference data.")


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one reference file, such as ``regions``."""
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


async def write() -> None:
    """Write this version's reference data to the tables; removes nothing."""
    async with change_set(WRITTEN):
        await _save(Region, "code", regions())
        await _save(Country, "code", countries())
        await _save(SustainableDevelopmentGoal, "number", _goals())
        await _save(PublishedFigure, ("code", "year"), _figures())


async def _save(
    model: type[Model], key: str | tuple[str, ...], records: Iterable[Mapping[str, object]]
) -> None:
    """Insert new records and update changed ones, matched by key."""
    names = (key,) if isinstance(key, str) else key
    known = {tuple(getattr(row, name) for name in names): row for row in await model.all()}
    missing = []
    for record in records:
        row = known.get(tuple(record[name] for name in names))
        if row is None:
            missing.append(model(**record))
        elif any(getattr(row, name) != value for name, value in record.items()):
            await row.update_from_dict(dict(record)).save()
    if missing:
        await model.bulk_create(missing)


def regions() -> Iterable[dict[str, object]]:
    """Yield the regions by the names of their columns."""
    for row in rows("regions"):
        yield {
            "code": row["code"],
            "kato_code": row["kato_code"],
            "kind": row["kind"].upper(),
            **{f"name_{language}": row[f"name_{language}"] for language in LANGUAGES},
        }


def countries() -> Iterable[dict[str, object]]:
    """Yield the countries by the names of their columns."""
    states = {row["alpha_2"]: row["status"].upper() for row in rows("cis_states")}
    locales = {language: Locale(language).territories for language in LANGUAGES}
    for country in pycountry.countries:
        code = country.alpha_2
        yield {
            "code": code,
            "cis_status": states.get(code),
            **{f"name_{language}": names.get(code) for language, names in locales.items()},
        }


def _goals() -> Iterable[dict[str, object]]:
    for row in rows("sdgs"):
        yield {
            "number": int(row["goal"]),
            **{f"name_{language}": row[f"name_{language}"] for language in LANGUAGES},
        }


def _figures() -> Iterable[dict[str, object]]:
    for row in rows("published_figures"):
        yield {
            "code": row["figure"],
            "year": int(row["year"]),
            "value": row["value"],
            "note": row["meaning"],
            "source": row["source"],
        }
