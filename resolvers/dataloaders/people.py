"""Loaders of people, regions, countries and goals."""

from models.people import Country, Person, PersonSource, Region, SustainableDevelopmentGoal
from resolvers.dataloaders.listings import Listing
from resolvers.dataloaders.loading import LoaderGroup, all_of, lists, one_by, rows_by

PEOPLE = Listing(
    Person,
    filters=("id", "display_name", "recorded_on"),
    orders=("display_name", "recorded_on"),
    groups=("recorded_on",),
)
REGIONS = Listing(Region, filters=("code", "kind"), orders=(), groups=())
COUNTRIES = Listing(Country, filters=("code", "cis_status"), orders=(), groups=())

LISTINGS = (PEOPLE, REGIONS, COUNTRIES)


class PeopleLoaders(LoaderGroup):
    """What is asked about people and about what every domain refers to."""

    person_by_id = one_by(Person, "id")
    people = lists(PEOPLE)
    sources_by_person = rows_by(PersonSource, "person_id")
    region_by_code = one_by(Region, "code")
    regions = all_of(Region, "code")
    country_by_code = one_by(Country, "code")
    countries = all_of(Country, "code", "cis_status", "cis_valid_from", "cis_valid_to")
    goal_by_number = one_by(SustainableDevelopmentGoal, "number")
    goals = all_of(SustainableDevelopmentGoal, "number")
