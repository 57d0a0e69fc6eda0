"""Headings of columns in files, in Kazakh, Russian and English, with their meanings."""

from dataclasses import dataclass
from functools import cache

from erikti.labels import fields


@dataclass(frozen=True)
class Heading:
    """The titles of a column, its meaning and an example."""

    kk: str
    ru: str
    en: str
    meaning: str
    example: str

    @property
    def whole(self) -> str:
        """Return the titles in all languages, as templates have them."""
        return " / ".join(dict.fromkeys((self.kk, self.ru, self.en)))

    def of(self, language: str) -> str:
        """Return the title in one language."""
        return {"kk": self.kk, "ru": self.ru, "en": self.en}[language]


# The meaning of each column and an example; its headings in files are the titles in
# ``erikti/labels/fields.csv``.
MEANINGS: dict[str, tuple[str, str]] = {
    "source_system": ("code of the source system", "REGISTRY"),
    "source_id": ("identifier of the record in that system", "1001"),
    "person_id": (
        "identifier of the person in that system; made from `source_id` where blank",
        "P-1001",
    ),
    "family_name": ("family name", "Sample"),
    "given_name": ("given name", "Example"),
    "patronymic": ("patronymic", "Specimen"),
    "latin_name": ("full name in Latin letters", "Example Sample"),
    "birth_date": ("birth date; taken from the IIN where blank", "1979-10-28"),
    "sex": ("sex; taken from the IIN where blank", "MALE"),
    "citizenship": ("country of citizenship: ISO 3166-1 code or name", "KZ"),
    "iin": ("individual identification number", "791028302728"),
    "email": ("e-mail address", "a@example.org"),
    "phone": ("telephone number", "+77000000000"),
    "preferred_language": ("preferred language", "kk"),
    "person": ("IIN of a person, or their identifier in the system", "P-1001"),
    "purpose": ("the purpose for which the data may be requested", "FORUM_PARTICIPATION"),
    "recipient_country": ("country that may receive the data: ISO 3166-1 code or name", "UZ"),
    "given_on": ("day of the consent, the first on which it is valid", "2025-03-01"),
    "expires_on": ("last day on which it is valid", "2030-02-28"),
    "withdrawn_on": ("day of withdrawal, from which it is invalid", ""),
    "kind": ("type", ""),
    "region": ("region: ISO 3166-2 code, KATO code or name", "KZ-75"),
    "name_kk": ("name in Kazakh", "Үлгі"),
    "name_ru": ("name in Russian", "Образец"),
    "name_en": ("name in English", "Sample"),
    "title_kk": ("title in Kazakh", "Үлгі"),
    "title_ru": ("title in Russian", "Образец"),
    "title_en": ("title in English", "Sample"),
    "address": ("postal address", "1 Sample Street"),
    "bin": ("business identification number", ""),
    "registered_on": ("day of registration", "2025-01-31"),
    "status": ("current status", ""),
    "silver": ("whether a 'silver' volunteer; no where blank", "no"),
    "front_office": ("`source_id` of the front office; that of the region where blank", "FO-75"),
    "organisation": ("BIN of an organisation, or its `source_id`", "ORG-1"),
    "directions": ("fields of work", "ECOLOGY; SPORT"),
    "goals": ("SDG numbers", "4; 17"),
    "starts_on": ("first day", "2025-03-01"),
    "ends_on": ("last day, not before the first", "2025-03-31"),
    "volunteer": ("`source_id` of the volunteer", "1001"),
    "project": ("`source_id` of the project", "PRJ-1"),
    "role": ("role", ""),
    "hours": ("hours of service", "12.5"),
    "recipient_organisation": ("BIN of an organisation, or its `source_id`", "ORG-1"),
    "recipient_person": ("IIN of a person, or their identifier in the system", "P-1001"),
    "amount": ("amount of money", "1500000.00"),
    "currency": ("currency, ISO 4217", "KZT"),
    "awarded_on": ("day of the award", "2025-05-15"),
    "happened_on": ("day of the deed", "2025-06-01"),
    "participant_count": ("number of participants", "40"),
    "edition": ("year of the edition", "2025"),
    "call_centre": ("code of the call centre", "CC-1"),
    "channel": ("how the enquiry arrived", ""),
    "topic": ("topic of the enquiry", ""),
    "opened_at": ("time of opening", "2025-02-01T09:30:00Z"),
    "resolved_at": ("time of resolution", "2025-02-01T10:00:00Z"),
    "established_on": ("day of establishment", "2024-09-01"),
    "dissolved_on": ("day of dissolution", ""),
    "year": ("year", "2025"),
    "host_city_kk": ("host city in Kazakh", "Алматы"),
    "host_city_ru": ("host city in Russian", "Алматы"),
    "host_city_en": ("host city in English", "Almaty"),
    "host_country": ("host country: ISO 3166-1 code or name", "KZ"),
    "decision": ("decision that called the Forum", "Sample decision 1"),
    "forum": ("year of the Forum", "2025"),
    "format": ("how the session is held", ""),
    "starts_at": ("start time", "2025-09-01T09:00:00+05:00"),
    "ends_at": ("end time", "2025-09-01T10:30:00+05:00"),
    "country": ("country: ISO 3166-1 code or name", "KZ"),
    "quota": ("maximum number of delegates", "20"),
    "sessions": ("`source_id` of each session", "S-1; S-2"),
    "call_year": ("year of the call", "2025"),
    "places": ("places offered", "10"),
    "applicant_count": ("applications received", "120"),
    "acronym": ("acronym", "SAMPLE"),
    "programme": ("`source_id` of the programme", "PRG-1"),
    "host_entity": ("acronym of the host entity", "SAMPLE"),
    "duty_station": ("`source_id` of the duty station", "DS-1"),
    "category": ("category", ""),
    "funder": ("funder", "Sample fund"),
    "placement": ("`source_id` of the placement", "PL-1"),
    "submitted_on": ("day of submission", "2025-07-01"),
    "ceremony_on": ("day of the ceremony", "2025-12-05"),
    "code": ("code of the category in its edition", "BEST_EXAMPLE"),
    "nominee_organisation": ("BIN of an organisation, or its `source_id`", "ORG-1"),
    "stage": ("the furthest stage reached", ""),
    "votes": ("votes of the public", "250"),
    "expert_score": ("score of the experts", "87.50"),
    "citation": ("reason for the award", "Sample text"),
}


def same(text: str) -> str:
    """Return a heading normalised for comparison: no case, spaces and punctuation, ё as е."""
    return "".join(letter for letter in text.casefold() if letter.isalnum()).replace("ё", "е")


def heading_of(column: str) -> Heading:
    """Return the heading of a column; raise LookupError if it has none."""
    if column not in MEANINGS:
        raise LookupError(f"Column {column} has no meaning: add it to MEANINGS in {__name__}.")
    titles = fields().get(column)
    if titles is None:
        raise LookupError(f"Column {column} has no title: add it to erikti/labels/fields.csv.")
    return Heading(*titles.all, *MEANINGS[column])


@cache
def spellings(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the column name for every normalised heading of the given columns."""
    known: dict[str, str] = {}
    for name in columns:
        heading = heading_of(name)
        for spelling in (name, heading.kk, heading.ru, heading.en, heading.whole):
            known[same(spelling)] = name
    return known
