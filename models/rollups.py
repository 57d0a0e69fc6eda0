"""Rollups: precomputed counts of large tables, maintained by triggers.

Each class is a rollup; its columns are the base table's, with dates truncated to a unit, and
its sums are in the base table's smallest units. ``ROLLUPS`` defines what each counts.
"""

from collections.abc import Mapping

from tortoise.fields import (
    BigIntField,
    BooleanField,
    CharEnumField,
    DateField,
    DatetimeField,
    IntField,
)
from tortoise.models import Model

from erikti.database.fields import FixedPoint, Text, Uuid
from erikti.database.rollup import Column, Parent, Rollup, Tie, Unit
from models.enquiry_codes import EnquiryChannel, EnquiryStatus, EnquiryTopic
from models.people import Sex
from models.volunteers import Direction, ParticipationRole, VolunteerStatus


class Tallied(Model):
    """A number of records with the same values of the columns."""

    id = BigIntField(primary_key=True, generated=True)
    count = BigIntField()

    class Meta:
        abstract = True


class Counted(Tallied):
    """Part of such a number: that of one lane (``erikti.database.lanes``)."""

    lane = IntField(db_default=0)

    class Meta:
        abstract = True


class CountedVolunteers(Counted):
    """Columns common to all rollups of volunteers."""

    status = CharEnumField(VolunteerStatus, max_length=12, description="")
    silver = BooleanField()

    class Meta:
        abstract = True


class CountedPlaces(CountedVolunteers):
    """Columns common to rollups of volunteers by place."""

    region_id = Text(max_length=6)
    front_office_id = Uuid(null=True)

    class Meta:
        abstract = True


class VolunteersByPlace(CountedPlaces):
    """Volunteers by region and front office."""

    hours_total = FixedPoint(places=1)

    class Meta:
        table = "volunteers_by_place"


class VolunteersByDirection(CountedPlaces):
    """Volunteers once for each of their directions."""

    direction = CharEnumField(Direction, max_length=12, description="")
    hours_total = FixedPoint(places=1)

    class Meta:
        table = "volunteers_by_direction"


class VolunteersByOrganisation(CountedPlaces):
    """Volunteers by organisation."""

    organisation_id = Uuid(null=True)
    hours_total = FixedPoint(places=1)

    class Meta:
        table = "volunteers_by_organisation"


class VolunteersByHours(CountedPlaces):
    """Volunteers by their exact hours, of which the least and the most are read."""

    hours_total = FixedPoint(places=1)

    class Meta:
        table = "volunteers_by_hours"


class VolunteersByYears(CountedVolunteers):
    """Volunteers by year of registration, once for each year in which they took part."""

    region_id = Text(max_length=6)
    registered_on = DateField()
    starts_on = DateField()
    hours_total = FixedPoint(places=1)

    class Meta:
        table = "volunteers_by_years"


class VolunteersByMonth(CountedPlaces):
    """Volunteers by region, front office and month of registration."""

    registered_on = DateField()

    class Meta:
        table = "volunteers_by_month"


class VolunteersByAge(CountedPlaces):
    """Volunteers by place, and by the sex and the year of birth of their person."""

    sex = CharEnumField(Sex, max_length=8, null=True, description="")
    birth_date = DateField(null=True)
    hours_total = FixedPoint(places=1)

    class Meta:
        table = "volunteers_by_age"


class VolunteersByDay(CountedVolunteers):
    """Volunteers by day of registration."""

    registered_on = DateField()

    class Meta:
        table = "volunteers_by_day"


class CountedParticipations(Counted):
    """Columns common to all rollups of participations."""

    role = CharEnumField(ParticipationRole, max_length=12, description="")
    hours = FixedPoint(places=1)

    class Meta:
        abstract = True


class ParticipationsByProject(CountedParticipations):
    """Participations by project."""

    project_id = Uuid()

    class Meta:
        table = "participations_by_project"


class ParticipationsByHours(Counted):
    """Participations by project and their exact hours, of which the least and most are read."""

    role = CharEnumField(ParticipationRole, max_length=12, description="")
    project_id = Uuid()
    hours = FixedPoint(places=1)

    class Meta:
        table = "participations_by_hours"


class ParticipationsByVolunteer(Tallied):
    """Years in which a volunteer took part, with the number of participations that began then."""

    volunteer_id = Uuid()
    starts_on = DateField()

    class Meta:
        table = "participations_by_volunteer"


class ParticipationsByMonth(CountedParticipations):
    """Participations by project and month of their beginning."""

    project_id = Uuid()
    starts_on = DateField()

    class Meta:
        table = "participations_by_month"


class ParticipationsByDay(CountedParticipations):
    """Participations by day of their beginning."""

    starts_on = DateField()

    class Meta:
        table = "participations_by_day"


class CountedEnquiries(Counted):
    """Columns common to all rollups of enquiries."""

    call_centre = Text(max_length=32)
    status = CharEnumField(EnquiryStatus, max_length=12, description="")

    class Meta:
        abstract = True


class EnquiriesByMatter(CountedEnquiries):
    """Enquiries by channel, topic and region."""

    channel = CharEnumField(EnquiryChannel, max_length=12, description="")
    topic = CharEnumField(EnquiryTopic, max_length=16, description="")
    region_id = Text(max_length=6, null=True)

    class Meta:
        table = "enquiries_by_matter"


class EnquiriesByMonth(CountedEnquiries):
    """Enquiries by channel, topic and month."""

    channel = CharEnumField(EnquiryChannel, max_length=12, description="")
    topic = CharEnumField(EnquiryTopic, max_length=16, description="")
    opened_at = DatetimeField()

    class Meta:
        table = "enquiries_by_month"


class EnquiriesByRegion(CountedEnquiries):
    """Enquiries by region and month."""

    region_id = Text(max_length=6, null=True)
    opened_at = DatetimeField()

    class Meta:
        table = "enquiries_by_region"


class EnquiriesByDay(CountedEnquiries):
    """Enquiries by the day on which they were opened."""

    opened_at = DatetimeField()

    class Meta:
        table = "enquiries_by_day"


class EnquiriesByResolution(CountedEnquiries):
    """Enquiries by the day on which they were resolved."""

    resolved_at = DatetimeField(null=True)

    class Meta:
        table = "enquiries_by_resolution"


class GoodDeedsByRegion(Counted):
    """Good deeds by region, edition and month."""

    region_id = Text(max_length=6)
    edition = IntField()
    happened_on = DateField()
    participant_count = BigIntField()

    class Meta:
        table = "good_deeds_by_region"


class GoodDeedsByDay(Counted):
    """Good deeds by edition and day."""

    edition = IntField()
    happened_on = DateField()
    participant_count = BigIntField()

    class Meta:
        table = "good_deeds_by_day"


class PeopleByDay(Counted):
    """People by the day on which they were recorded."""

    recorded_on = DateField()

    class Meta:
        table = "people_by_day"


def _rollup(
    model: type[Tallied],
    base: str,
    sums: tuple[str, ...] = (),
    units: Mapping[str, Unit] | None = None,
    tie: Tie | None = None,
    linked: bool = False,
    parent: Parent | None = None,
) -> Rollup:
    fields = model._meta.fields_map
    columns = tuple(
        Column(name, field.null, (units or {}).get(name), isinstance(field, DatetimeField))
        for name, field in fields.items()
        if name not in {"id", "count", "lane", *sums}
    )
    lanes = issubclass(model, Counted)
    return Rollup(model._meta.db_table, base, columns, sums, tie, linked, parent, lanes)


HOURS = ("hours_total",)
PEOPLE = ("participant_count",)
DIRECTIONS = Tie("volunteer_directions", "volunteer_id", "direction")
PERSON = Parent("people", "person_id", ("sex", "birth_date"))
YEARS = Tie("participations_by_volunteer", "volunteer_id", "starts_on")

# The rollups of one table are sorted by size, so that the first one that covers a request is the
# smallest; the tables are in the order in which imports write to them.
ROLLUPS: tuple[Rollup, ...] = (
    _rollup(PeopleByDay, "people", units={"recorded_on": Unit.DAY}),
    _rollup(ParticipationsByProject, "participations", ("hours",)),
    _rollup(ParticipationsByDay, "participations", ("hours",), {"starts_on": Unit.DAY}),
    _rollup(ParticipationsByMonth, "participations", ("hours",), {"starts_on": Unit.MONTH}),
    _rollup(ParticipationsByHours, "participations"),
    _rollup(
        ParticipationsByVolunteer, "participations", units={"starts_on": Unit.YEAR}, linked=True
    ),
    _rollup(VolunteersByPlace, "volunteers", HOURS),
    _rollup(VolunteersByDirection, "volunteers", HOURS, tie=DIRECTIONS),
    _rollup(VolunteersByOrganisation, "volunteers", HOURS),
    _rollup(VolunteersByYears, "volunteers", HOURS, {"registered_on": Unit.YEAR}, YEARS),
    _rollup(VolunteersByMonth, "volunteers", units={"registered_on": Unit.MONTH}),
    _rollup(VolunteersByDay, "volunteers", units={"registered_on": Unit.DAY}),
    _rollup(VolunteersByHours, "volunteers"),
    _rollup(VolunteersByAge, "volunteers", HOURS, {"birth_date": Unit.YEAR}, parent=PERSON),
    _rollup(EnquiriesByMatter, "enquiries"),
    _rollup(EnquiriesByRegion, "enquiries", units={"opened_at": Unit.MONTH}),
    _rollup(EnquiriesByMonth, "enquiries", units={"opened_at": Unit.MONTH}),
    _rollup(EnquiriesByDay, "enquiries", units={"opened_at": Unit.DAY}),
    _rollup(EnquiriesByResolution, "enquiries", units={"resolved_at": Unit.DAY}),
    _rollup(GoodDeedsByRegion, "good_deeds", PEOPLE, {"happened_on": Unit.MONTH}),
    _rollup(GoodDeedsByDay, "good_deeds", PEOPLE, {"happened_on": Unit.DAY}),
)
