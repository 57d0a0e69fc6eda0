"""Import of the country into the open database, kind by kind."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from erikti.demo.nation import PUBLISHED_ON, REGISTRY, SEED, SYSTEM_SUFFIX, Nation
from erikti.demo.tables import tables
from erikti.demo.volunteers import number_of, volunteers_of
from erikti.importers import KINDS, Report, load
from erikti.importers.engine import IMPORT
from models.base import Sourced
from models.changes import Origin
from models.people import PersonSource
from models.volunteers import Volunteer

Progress = Callable[[str, int, int], None]
SAMPLE = 100  # volunteers that are compared to recognise a country


class DemoRefusedError(Exception):
    """The database has data that must not be mixed with demo data."""


@dataclass(frozen=True)
class Summary:
    """The numbers of new, changed and unchanged rows, and of warnings."""

    accepted: int
    updated: int
    unchanged: int
    warned: int


async def build(
    scale: float = 1.0,
    seed: int = SEED,
    progress: Progress | None = None,
    today: date = PUBLISHED_ON,
    origin: Origin = IMPORT,
) -> Summary:
    """Import the country into the open, migrated database; repeating it changes nothing.

    ``progress`` is called with the present kind, the processed rows and the total. A later
    ``today`` adds the records since then. Raises ScaleError for an invalid scale or day, and
    DemoRefusedError, before any change, if the database has real records or another country.
    """
    nation = Nation(scale, seed, today)
    await _refuse_real_records()
    await _refuse_another(nation)
    plan = tables(nation)
    whole = sum(table.size for table in plan)
    done = 0
    reports = []
    for table in plan:
        notify = _notifier(progress, table.kind, done, whole)
        reports.append(
            _complete(await load(table.kind, table.rows(), progress=notify, origin=origin))
        )
        done += table.size
    return _summary(reports)


async def _refuse_real_records() -> None:
    models = {kind.model for kind in KINDS.values() if issubclass(kind.model, Sourced)}
    real = {
        model._meta.db_table: await model.exclude(source_system__endswith=SYSTEM_SUFFIX).count()
        for model in sorted(models, key=lambda model: model._meta.db_table)
    }
    real["people"] = await PersonSource.exclude(system__endswith=SYSTEM_SUFFIX).count()
    found = ", ".join(f"{count} {table}" for table, count in real.items() if count)
    if found:
        raise DemoRefusedError(
            f"the database has records that are not demo data ({found}): "
            "use another database for the demo"
        )


async def _refuse_another(nation: Nation) -> None:
    """Raise DemoRefusedError if stored volunteers differ from those of the country."""
    volunteers = volunteers_of(nation)
    latest = Volunteer.filter(source_system=REGISTRY).order_by("-source_id").limit(SAMPLE)
    stored = await latest.values("source_id", "region_id", "status", "silver", "registered_on")
    for known in stored:
        number = number_of(known["source_id"])
        row = volunteers.row(number) if number < volunteers.size else {}
        expected = {**row, "region_id": row.get("region")}
        if any(expected.get(name) != value for name, value in known.items()):
            raise DemoRefusedError(
                "the database has demo data of another scale, seed or version, or of a later day: "
                "use another database for this one"
            )


def _notifier(
    progress: Progress | None, kind: str, before: int, whole: int
) -> Callable[[int], None] | None:
    if progress is None:
        return None
    return lambda rows: progress(kind, before + rows, whole)


def _complete(report: Report) -> Report:
    """Raise RuntimeError if a row was rejected, since all generated rows must be valid."""
    if report.rejected:
        raise RuntimeError(f"{report.kind}: {report.rejected} rows rejected: {report.problems[0]}")
    return report


def _summary(reports: Iterable[Report]) -> Summary:
    known = list(reports)
    return Summary(
        accepted=sum(report.accepted for report in known),
        updated=sum(report.updated for report in known),
        unchanged=sum(report.unchanged for report in known),
        warned=sum(report.warned for report in known),
    )
