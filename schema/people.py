"""People and the types that every domain refers to: regions, countries and goals.

Fields that lead back to the domains name their types as strings, so no domain imports another.
"""

from datetime import date
from operator import or_
from typing import Annotated

import strawberry
from strawberry.types.field import StrawberryField

from models.columns import Own
from models.people import AgeBand, CisStatus, Language, Purpose, RegionKind, Sex
from resolvers import personal_policy
from resolvers.access import access_records
from resolvers.data import Either, Present, PublicName
from resolvers.dataloaders.listings import NOTHING, Condition
from schema.building.annotations import Type, lazy, optional
from schema.building.columns import NAMED
from schema.building.connections import connection, connection_by, personal_connection
from schema.building.fields import (
    batch_field,
    enum,
    identity,
    personal,
    present,
    record_by,
    text,
    to_one,
)
from schema.building.listings import list_types
from schema.building.node import Node, entity
from schema.building.permissions import AUDIT_READ, PEOPLE_READ, PEOPLE_READ_IIN, PUBLIC

VOLUNTEERS = "schema.volunteers"
CIS_STATUS = Present("cis_status", "cis_valid_from", "cis_valid_to")
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
        optional(lazy("FrontOffice", VOLUNTEERS)),
        "code",
        "The front office that serves the region; null if there is none.",
        record_by("volunteers.FrontOffice", "region_id"),
    )
    organisations = connection(
        "volunteers.Organisation",
        "Volunteer organisations of the region.",
        by="region_id",
        key="code",
    )
    volunteers = connection(
        "volunteers.Volunteer",
        "Volunteers registered in the region.",
        by="region_id",
        key="code",
    )
    projects = connection(
        "volunteers.Project",
        "Projects carried out in the region.",
        by="region_id",
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
    cis_status = present(
        CisStatus, CIS_STATUS, "The country's present membership in the CIS; null if it has none."
    )
    delegations = connection(
        "cis_forum.Delegation",
        "The country's delegations to the CIS Volunteers' Forum.",
        by="country_id",
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
    grouping=[PEOPLE_READ],
)
class Person(Node):
    """A natural person, the only type with personal data."""

    display_name = batch_field(
        personal_policy.display_names,
        str | None,
        f"The public form of the name: given name and first letter of the family name. {NAMED}",
        data=PublicName("display_name"),
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
        "people.Consent",
        "The person's consents to share personal data.",
        by="person_id",
    )
    sources = personal_connection(
        "people.PersonSource",
        "The source systems that records about the person were imported from.",
        by="person_id",
    )
    volunteer = identity(
        optional(lazy("Volunteer", VOLUNTEERS)),
        "id",
        "The person's entry in the national volunteer registry; null if there is none.",
        PEOPLE_READ,
        record_by("volunteers.Volunteer", "person_id"),
    )
    delegates = connection(
        "cis_forum.Delegate",
        f"The person's memberships in delegations to the CIS Volunteers' Forum. {OWN_PUBLIC}",
        by="person_id",
        of_person=True,
    )
    placements = connection(
        "un_placements.Placement",
        "The person's placements as a UN Volunteer.",
        by="person_id",
        of_person=True,
        access=PEOPLE_READ,
    )
    nominations = connection(
        "awards.Nomination",
        f'The person\'s nominations for the "Volunteer of the Year" award. {OWN_PUBLIC}',
        by="nominee_person_id",
        of_person=True,
    )
    access_records = connection_by(
        access_records,
        "access.AccessRecord",
        "The entries of the access log about the person; newest first by default.",
        reads=["id"],
        directives=[AUDIT_READ],
    )


Party: Type = Annotated[
    or_(Person, lazy("Organisation", VOLUNTEERS)),
    strawberry.union("Party", description="A person or a volunteer organisation."),
]


def party(
    person: Own, organisation: Own, description: str, public: Condition = NOTHING
) -> StrawberryField:
    """Return a field with the person or organisation that one of two columns refers to.

    Anyone may know whose the record is if it meets the condition ``public``.
    """
    data = Either(person, organisation, public)
    resolve = personal_policy.party(data)
    return batch_field(resolve, optional(Party), f"{description} {NAMED}", data=data)


list_types(PersonSource)
