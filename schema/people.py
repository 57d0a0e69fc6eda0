"""People and the types that every domain refers to: regions, countries and goals.

Fields that lead back to the domains name their types as strings, so no domain imports another.
"""

from datetime import date
from typing import Annotated, Any

import strawberry

from models.people import AgeBand, CisStatus, Language, Purpose, RegionKind, Sex
from resolvers.access import access_records
from resolvers.dataloaders.people import CONSENTS, COUNTRIES, PEOPLE, PERSON_SOURCES, REGIONS
from resolvers.people import cis_statuses
from resolvers.personal_policy import display_names
from schema.building.cache_control import OWN, PRIVATE
from schema.building.columns import NAMED
from schema.building.connections import connection, connection_by, personal_connection
from schema.building.fields import batch_field, enum, identity, personal, text, to_one
from schema.building.inputs import lazy
from schema.building.listings import listing_types
from schema.building.node import Node, entity
from schema.building.permissions import AUDIT_READ, PEOPLE_READ, PEOPLE_READ_IIN, PUBLIC

VOLUNTEERS = "schema.volunteers"
OWN_PUBLIC = "Callers without people:read and a purpose see only those in a public role."
enum(
    Language,
    "A language, by its ISO 639-1 code.",
    KK="Kazakh.",
    RU="Russian.",
    EN="English.",
)
enum(
    RegionKind,
    "The kind of a first-level region.",
    REGION="An oblast.",
    CITY="A city of republican significance.",
)
enum(
    CisStatus,
    "The membership of a country in the Commonwealth of Independent States.",
    MEMBER="A member state.",
    ASSOCIATE="An associate member state.",
)
enum(
    AgeBand,
    "A band of ages, in whole years that a person reaches in the present calendar year.",
    AGE_0_13="Younger than 14.",
    **{band.name: f"From {band.name[4:6]} to {band.name[7:]}." for band in list(AgeBand)[1:-1]},
    AGE_63_AND_OVER="Of the age of retirement, 63, or older.",
)
enum(
    Sex,
    "Sex as recorded in the individual identification number (IIN).",
    FEMALE="Female: the seventh digit of the IIN is even.",
    MALE="Male: the seventh digit of the IIN is odd.",
)
enum(
    Purpose,
    "A purpose for which personal data may be shared.",
    REGISTRATION="Registration of volunteers.",
    FORUM_PARTICIPATION="Participation in the CIS Volunteers' Forum.",
    UN_PLACEMENT="Placement as a UN Volunteer.",
    AWARD_ASSESSMENT="Assessment of nominations for the award.",
    EMERGENCY="Help in an emergency.",
    STATUTORY_DUTY="A duty that the law imposes.",
    DATA_SUBJECT_REQUEST="A request of the person about their own data.",
)


@entity(
    description="A first-level region of Kazakhstan (ISO 3166-2): an oblast or a city of "
    "republican significance.",
    directives=[PUBLIC],
)
class Region(Node):
    """A first-level region of Kazakhstan."""

    code: str = strawberry.field(description="The ISO 3166-2 code, such as KZ-75.")
    kato_code: str = strawberry.field(
        description="The code in Kazakhstan's classifier of administrative units (KATO), 9 digits, "
        "such as 100000000."
    )
    kind: RegionKind = strawberry.field(description="The kind of region: oblast or city.")
    name = text("name", "The region's name.")
    front_office = to_one(
        lazy("FrontOffice", VOLUNTEERS) | None,
        lambda loaders: loaders.volunteers.front_office_by_region,
        "code",
        "The front office that serves the region; null if there is none.",
    )
    organisations = connection(
        "Organisation",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.organisations_by_region,
        "Volunteer organisations of the region.",
        key="code",
    )
    volunteers = connection(
        "Volunteer",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.volunteers_by_region,
        "Volunteers registered in the region.",
        key="code",
    )
    projects = connection(
        "Project",
        VOLUNTEERS,
        lambda loaders: loaders.volunteers.projects_by_region,
        "Projects carried out in the region.",
        key="code",
    )


@entity(
    description="A country of ISO 3166-1, with its membership in the CIS.",
    directives=[PUBLIC],
)
class Country(Node):
    """A country."""

    code: str = strawberry.field(description="The ISO 3166-1 alpha-2 code, such as KZ.")
    name = text("name", "The country's name (Unicode CLDR).")
    cis_status = batch_field(
        cis_statuses,
        CisStatus | None,
        "The country's present membership in the CIS; null if it has none.",
        reads=["cis_status", "cis_valid_from", "cis_valid_to"],
    )
    delegations = connection(
        "Delegation",
        "schema.cis_forum",
        lambda loaders: loaders.cis_forum.delegations_by_country,
        "The country's delegations to the CIS Volunteers' Forum.",
        key="code",
    )


@entity(
    description="One of the 17 Sustainable Development Goals of the United Nations.",
    directives=[PUBLIC],
)
class SustainableDevelopmentGoal(Node):
    """A Sustainable Development Goal."""

    number: int = strawberry.field(description="The number of the goal, 1 to 17.")
    name = text("name", "The goal's short name.")


@strawberry.type(
    description="A source system that a record about a person was imported from.",
    directives=[PUBLIC],
)
class PersonSource:
    """A source system that a record about a person was imported from."""

    system: str = strawberry.field(description="The code of the source system.")
    identifier = personal(
        str, "The person's identifier in the source system.", "identifier", person="person_id"
    )


@entity(
    description="A person's consent to share personal data with a country for one purpose.",
    directives=[PEOPLE_READ],
)
class Consent(Node):
    """A person's consent to share personal data with a country for one purpose."""

    purpose: Purpose = strawberry.field(description="The purpose of sharing the data.")
    recipient_country = to_one(
        Country,
        lambda loaders: loaders.people.country_by_code,
        "recipient_country_id",
        "The country that may receive the data.",
    )
    given_on: date = strawberry.field(description="The date on which the consent was given.")
    expires_on: date = strawberry.field(description="The last day on which it is valid.")
    withdrawn_on: date | None = strawberry.field(
        description="The date on which it was withdrawn; null if it was not."
    )


@entity(
    description="A natural person, the only type with personal data. Every personal field can "
    "be null; `extensions.withheld` in the response counts the withheld values by reason.",
    directives=[PUBLIC],
)
class Person(Node):
    """A natural person, the only type with personal data."""

    display_name = batch_field(
        display_names,
        str | None,
        f"The public form of the name: given name and first letter of the family name. {NAMED}",
        reads=["display_name"],
    )
    recorded_on = personal(
        date, "The date on which Erikti first recorded the person.", "recorded_on"
    )
    family_name = personal(str, "The family name, as in the identity document.", "family_name")
    given_name = personal(str, "The given name, as in the identity document.", "given_name")
    patronymic = personal(str, "The patronymic, as in the identity document.", "patronymic")
    latin_name = personal(str, "Full name in Latin letters, as in a passport.", "latin_name")
    birth_date = personal(date, "The day on which the person was born.", "birth_date")
    sex = personal(Sex, "The sex, as in the IIN if the person has one.", "sex")
    citizenship = personal(
        Country,
        "The country of citizenship.",
        "citizenship_id",
        find=lambda loaders: loaders.people.country_by_code,
    )
    iin = personal(
        str,
        "The individual identification number (IIN) of Kazakhstan, 12 digits.",
        "iin",
        PEOPLE_READ_IIN,
    )
    email = personal(str, "The e-mail address.", "email")
    phone = personal(str, "The telephone number (E.164), such as +77000000000.", "phone")
    preferred_language = personal(
        Language, "The preferred language for correspondence.", "preferred_language"
    )
    consents = personal_connection(
        "Consent",
        __name__,
        lambda loaders: loaders.people.consents_by_person,
        "The person's consents to share personal data.",
    )
    sources = personal_connection(
        "PersonSource",
        __name__,
        lambda loaders: loaders.people.sources_by_person,
        "The source systems that records about the person were imported from.",
    )
    volunteer = identity(
        lazy("Volunteer", VOLUNTEERS) | None,
        lambda loaders: loaders.volunteers.volunteer_by_person,
        "id",
        "The person's entry in the national volunteer registry; null if there is none.",
        PEOPLE_READ,
    )
    delegates = connection(
        "Delegate",
        "schema.cis_forum",
        lambda loaders: loaders.cis_forum.delegates_by_person,
        f"The person's memberships in delegations to the CIS Volunteers' Forum. {OWN_PUBLIC}",
        key="id",
        of_person=True,
    )
    placements = connection(
        "Placement",
        "schema.un_placements",
        lambda loaders: loaders.un_placements.placements_by_person,
        "The person's placements as a UN Volunteer.",
        key="id",
        of_person=True,
        access=PEOPLE_READ,
    )
    nominations = connection(
        "Nomination",
        "schema.awards",
        lambda loaders: loaders.awards.nominations_by_person,
        f'The person\'s nominations for the "Volunteer of the Year" award. {OWN_PUBLIC}',
        key="id",
        of_person=True,
    )
    access_records = connection_by(
        access_records,
        "AccessRecord",
        "schema.access",
        "The entries of the access log about the person; newest first by default.",
        reads=["id"],
        directives=[OWN, AUDIT_READ],
    )


Party: Any = Annotated[
    Person | lazy("Organisation", VOLUNTEERS),
    strawberry.union("Party", description="A person or a volunteer organisation."),
]

PersonFilter, PersonOrder, PersonConnection = listing_types(
    PEOPLE, Person, grouping=[PRIVATE, PEOPLE_READ]
)
RegionFilter = listing_types(REGIONS, Region).filter
CountryFilter = listing_types(COUNTRIES, Country).filter
ConsentFilter, ConsentOrder, ConsentConnection = listing_types(CONSENTS, Consent)
PersonSourceFilter, PersonSourceOrder, PersonSourceConnection = listing_types(
    PERSON_SOURCES, PersonSource
)
