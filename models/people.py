"""People and the records that all domains refer to: regions, countries and goals."""

from enum import StrEnum
from uuid import UUID

from tortoise.fields import (
    BigIntField,
    CharEnumField,
    DateField,
    IntField,
)
from tortoise.models import Model
from uuid_utils.compat import uuid4

from erikti.database.constraints import any_language, check, check_values
from erikti.database.fields import Folded, SortKey, Text, Uuid
from erikti.database.sealed import Sealed
from models.base import (
    SOURCE,
    Named,
    Record,
    Sourced,
    Versioned,
    keyset,
    keyset_of,
    part_of,
    refers_to,
)


class Language(StrEnum):
    """The supported languages, by ISO 639-1 code."""

    KK = "kk"
    RU = "ru"
    EN = "en"


class RegionKind(StrEnum):
    """The kind of a first-level region of Kazakhstan."""

    REGION = "REGION"
    CITY = "CITY"


class CisStatus(StrEnum):
    """The membership of a country in the Commonwealth of Independent States."""

    MEMBER = "MEMBER"
    ASSOCIATE = "ASSOCIATE"


class Sex(StrEnum):
    """Sex as recorded in the individual identification number."""

    FEMALE = "FEMALE"
    MALE = "MALE"


class AgeBand(StrEnum):
    """A band of ages in whole years; young people are 14 to 35, the age of retirement is 63.

    The numbers of a name are the first and the last age.
    """

    AGE_0_13 = "AGE_0_13"
    AGE_14_17 = "AGE_14_17"
    AGE_18_24 = "AGE_18_24"
    AGE_25_29 = "AGE_25_29"
    AGE_30_35 = "AGE_30_35"
    AGE_36_44 = "AGE_36_44"
    AGE_45_54 = "AGE_45_54"
    AGE_55_62 = "AGE_55_62"
    AGE_63_AND_OVER = "AGE_63_AND_OVER"

    @property
    def youngest(self) -> int:
        """Return the first age of the band."""
        return int(self.split("_")[1])


class Purpose(StrEnum):
    """The purposes for which personal data may be requested."""

    REGISTRATION = "REGISTRATION"
    FORUM_PARTICIPATION = "FORUM_PARTICIPATION"
    UN_PLACEMENT = "UN_PLACEMENT"
    AWARD_ASSESSMENT = "AWARD_ASSESSMENT"
    EMERGENCY = "EMERGENCY"
    STATUTORY_DUTY = "STATUTORY_DUTY"
    DATA_SUBJECT_REQUEST = "DATA_SUBJECT_REQUEST"


class Region(Named, Versioned):
    """A first-level region of Kazakhstan under its ISO 3166-2 code."""

    code = Text(max_length=6, primary_key=True)
    kato_code = Text(max_length=9, unique=True)
    kind = CharEnumField(RegionKind, max_length=8, description="")

    class Meta:
        table = "regions"
        indexes = [("kind", "code")]
        constraints = (
            check_values("regions", "kind", RegionKind),
            any_language("regions", "name"),
        )


class Country(Named, Versioned):
    """A country under its ISO 3166-1 alpha-2 code."""

    code = Text(max_length=2, primary_key=True)
    cis_status = CharEnumField(CisStatus, max_length=12, null=True, description="")
    cis_valid_from = DateField(null=True)
    cis_valid_to = DateField(null=True)

    class Meta:
        table = "countries"
        indexes = [("cis_status", "code")]
        constraints = (
            check_values("countries", "cis_status", CisStatus),
            any_language("countries", "name"),
        )


class SustainableDevelopmentGoal(Named, Versioned):
    """One of the 17 Sustainable Development Goals of the United Nations."""

    number = IntField(primary_key=True, generated=False)

    class Meta:
        table = "sustainable_development_goals"
        constraints = (
            check("sustainable_development_goals", "number", "number BETWEEN 1 AND 17"),
            any_language("sustainable_development_goals", "name"),
        )


class Person(Record, Versioned):
    """A human: the only holder of personal data.

    ``display_name`` is the public form (given name and first letter of the family
    name); every other column is personal. IIN and contacts are sealed; lookups by IIN use its
    keyed hash, ``iin_hash``. The ID is random: an ID that grew with time could be matched with
    those of records created at the same moment.
    """

    id = Uuid(primary_key=True, default=uuid4)
    display_name = Text(max_length=120)
    display_name_key = SortKey("display_name")
    display_name_folded = Folded(("display_name",))
    recorded_on = DateField()
    family_name = Text(max_length=100, null=True)
    given_name = Text(max_length=100, null=True)
    patronymic = Text(max_length=100, null=True)
    latin_name = Text(max_length=200, null=True)
    birth_date = DateField(null=True)
    sex = CharEnumField(Sex, max_length=8, null=True, description="")
    citizenship = refers_to("Country", null=True)
    iin = Sealed(null=True)
    iin_hash = Text(max_length=32, null=True, unique=True)
    email = Sealed(null=True)
    phone = Sealed(null=True)
    preferred_language = CharEnumField(Language, max_length=2, null=True, description="")
    citizenship_id: str | None

    class Meta:
        table = "people"
        indexes = [
            # With the folded name, a search for a frequent text reads this index alone.
            ("display_name_key", "id", "display_name_folded"),
            *keyset("recorded_on"),
            ("birth_date", "family_name"),
        ]
        constraints = (
            check_values("people", "sex", Sex),
            check_values("people", "preferred_language", Language),
        )


class PersonSource(Model):
    """The identifier under which another system knows a person."""

    id = BigIntField(primary_key=True, generated=True)
    person = part_of("Person")
    system = Text(max_length=32)
    identifier = Text(max_length=64)
    person_id: UUID

    class Meta:
        table = "person_sources"
        unique_together = (("system", "identifier"),)
        indexes = [*keyset("person_id", "system"), *keyset_of("person_id", orders=("system",))]


class FieldSource(Model):
    """The system that supplied a person's value, unless it is the one that recorded them first.

    ``field`` is a column of imports, such as ``phone``.
    """

    id = BigIntField(primary_key=True, generated=True)
    person = part_of("Person")
    field = Text(max_length=20)
    system = Text(max_length=32)
    person_id: UUID

    class Meta:
        table = "field_sources"
        unique_together = (("person", "field"),)


class Consent(Sourced):
    """A person's consent to give personal data away for one purpose and recipient.

    It is valid from the first to the last day, both inclusive, but not from the day of its
    withdrawal on.
    """

    person = part_of("Person")
    purpose = CharEnumField(Purpose, max_length=24, description="")
    recipient_country = refers_to("Country")
    given_on = DateField()
    expires_on = DateField()
    withdrawn_on = DateField(null=True)
    person_id: UUID
    recipient_country_id: str

    class Meta:
        table = "consents"
        unique_together = (SOURCE,)
        indexes = [
            ("person_id", "purpose", "recipient_country_id"),
            *keyset("recipient_country_id", "purpose", "given_on"),
            *keyset_of("person_id", orders=("given_on",)),
        ]
        constraints = (
            check_values("consents", "purpose", Purpose),
            check("consents", "expiry", "expires_on >= given_on"),
            check("consents", "withdrawal", "withdrawn_on >= given_on"),
        )
