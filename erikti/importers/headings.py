"""Headings of columns in files, in Kazakh, Russian and English, with their meanings."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Heading:
    """The names of a column, its meaning and an example."""

    kk: str
    ru: str
    meaning: str
    example: str


HEADINGS: dict[str, Heading] = {
    "source_system": Heading(
        "дереккөз жүйесі",
        "система-источник",
        "code of the source system",
        "REGISTRY",
    ),
    "source_id": Heading(
        "дереккөздегі идентификатор",
        "идентификатор в источнике",
        "identifier of the record in that system",
        "1001",
    ),
    "person_id": Heading(
        "адам идентификаторы",
        "идентификатор человека",
        "identifier of the person in that system; made from `source_id` where blank",
        "P-1001",
    ),
    "family_name": Heading("тегі", "фамилия", "family name", "Sample"),
    "given_name": Heading("аты", "имя", "given name", "Example"),
    "patronymic": Heading("әкесінің аты", "отчество", "patronymic", "Specimen"),
    "latin_name": Heading(
        "латынша аты-жөні", "имя латиницей", "full name in Latin letters", "Example Sample"
    ),
    "birth_date": Heading(
        "туған күні", "дата рождения", "birth date; taken from the IIN where blank", "1979-10-28"
    ),
    "sex": Heading("жынысы", "пол", "sex; taken from the IIN where blank", "MALE"),
    "citizenship": Heading(
        "азаматтығы", "гражданство", "country of citizenship: ISO 3166-1 alpha-2 or name", "KZ"
    ),
    "iin": Heading("жсн", "иин", "individual identification number", "791028302728"),
    "email": Heading("электрондық пошта", "электронная почта", "e-mail address", "a@example.org"),
    "phone": Heading("телефон", "телефон", "telephone number", "+77000000000"),
    "preferred_language": Heading("қарым-қатынас тілі", "язык общения", "preferred language", "kk"),
    "person": Heading(
        "адам", "человек", "IIN of a person, or their identifier in the system", "P-1001"
    ),
    "purpose": Heading(
        "мақсаты", "цель", "the purpose for which the data may be requested", "FORUM_PARTICIPATION"
    ),
    "recipient_country": Heading(
        "алушы ел",
        "страна-получатель",
        "country that may receive the data: ISO 3166-1 alpha-2 or name",
        "UZ",
    ),
    "given_on": Heading(
        "келісім берілген күні",
        "дата согласия",
        "day of the consent, the first on which it is valid",
        "2025-03-01",
    ),
    "expires_on": Heading(
        "мерзімінің аяқталатын күні",
        "действует до",
        "last day on which it is valid",
        "2030-02-28",
    ),
    "withdrawn_on": Heading(
        "кері қайтарып алынған күні",
        "дата отзыва",
        "day of withdrawal, from which it is invalid",
        "",
    ),
    "kind": Heading("түрі", "вид", "type", ""),
    "region": Heading("өңір", "регион", "region: ISO 3166-2 code, KATO code or name", "KZ-75"),
    "name_kk": Heading("қазақша атауы", "название на казахском", "name in Kazakh", "Үлгі"),
    "name_ru": Heading("орысша атауы", "название на русском", "name in Russian", "Образец"),
    "name_en": Heading("ағылшынша атауы", "название на английском", "name in English", "Sample"),
    "title_kk": Heading("қазақша тақырыбы", "заголовок на казахском", "title in Kazakh", "Үлгі"),
    "title_ru": Heading("орысша тақырыбы", "заголовок на русском", "title in Russian", "Образец"),
    "title_en": Heading(
        "ағылшынша тақырыбы", "заголовок на английском", "title in English", "Sample"
    ),
    "address": Heading("мекенжайы", "адрес", "postal address", "1 Sample Street"),
    "bin": Heading("бсн", "бин", "business identification number", ""),
    "registered_on": Heading(
        "тіркелген күні", "дата регистрации", "day of registration", "2025-01-31"
    ),
    "status": Heading("мәртебесі", "статус", "current status", ""),
    "silver": Heading(
        "күміс еріктілер",
        "серебряный волонтёр",
        "whether a 'silver' volunteer; no where blank",
        "no",
    ),
    "front_office": Heading(
        "фронт-кеңсе",
        "фронт-офис",
        "`source_id` of the front office; that of the region where blank",
        "FO-75",
    ),
    "organisation": Heading(
        "ұйым", "организация", "BIN of an organisation, or its `source_id`", "ORG-1"
    ),
    "directions": Heading("бағыттары", "направления", "fields of work", "ECOLOGY; SPORT"),
    "goals": Heading(
        "тұрақты даму мақсаттары", "цели устойчивого развития", "SDG numbers", "4; 17"
    ),
    "starts_on": Heading("басталған күні", "дата начала", "first day", "2025-03-01"),
    "ends_on": Heading(
        "аяқталған күні", "дата окончания", "last day, not before the first", "2025-03-31"
    ),
    "volunteer": Heading("ерікті", "волонтёр", "`source_id` of the volunteer", "1001"),
    "project": Heading("жоба", "проект", "`source_id` of the project", "PRJ-1"),
    "role": Heading("рөлі", "роль", "role", ""),
    "hours": Heading("сағаттар", "часы", "hours of service", "12.5"),
    "recipient_organisation": Heading(
        "алушы ұйым",
        "организация-получатель",
        "BIN of an organisation, or its `source_id`",
        "ORG-1",
    ),
    "recipient_person": Heading(
        "алушы адам", "получатель", "IIN of a person, or their identifier in the system", "P-1001"
    ),
    "amount": Heading("сомасы", "сумма", "amount of money", "1500000.00"),
    "currency": Heading("валютасы", "валюта", "currency, ISO 4217", "KZT"),
    "awarded_on": Heading(
        "тағайындалған күні", "дата присуждения", "day of the award", "2025-05-15"
    ),
    "happened_on": Heading("өткізілген күні", "дата проведения", "day of the deed", "2025-06-01"),
    "participant_count": Heading(
        "қатысушылар саны", "число участников", "number of participants", "40"
    ),
    "edition": Heading("маусым жылы", "год сезона", "year of the edition", "2025"),
    "call_centre": Heading("байланыс орталығы", "колл-центр", "code of the call centre", "CC-1"),
    "channel": Heading("арна", "канал", "how the enquiry arrived", ""),
    "topic": Heading("тақырып", "тема", "topic of the enquiry", ""),
    "opened_at": Heading(
        "ашылған уақыты", "время открытия", "time of opening", "2025-02-01T09:30:00Z"
    ),
    "resolved_at": Heading(
        "шешілген уақыты", "время решения", "time of resolution", "2025-02-01T10:00:00Z"
    ),
    "established_on": Heading(
        "құрылған күні", "дата создания", "day of establishment", "2024-09-01"
    ),
    "dissolved_on": Heading("таратылған күні", "дата роспуска", "day of dissolution", ""),
    "year": Heading("жыл", "год", "year", "2025"),
    "host_city_kk": Heading("қала қазақша", "город на казахском", "host city in Kazakh", "Алматы"),
    "host_city_ru": Heading("қала орысша", "город на русском", "host city in Russian", "Алматы"),
    "host_city_en": Heading(
        "қала ағылшынша", "город на английском", "host city in English", "Almaty"
    ),
    "host_country": Heading(
        "қабылдаушы ел", "принимающая страна", "host country: ISO 3166-1 alpha-2 or name", "KZ"
    ),
    "decision": Heading("шешім", "решение", "decision that called the Forum", "Sample decision 1"),
    "forum": Heading("форум", "форум", "year of the Forum", "2025"),
    "format": Heading("форматы", "формат", "how the session is held", ""),
    "starts_at": Heading(
        "басталу уақыты", "время начала", "start time", "2025-09-01T09:00:00+05:00"
    ),
    "ends_at": Heading(
        "аяқталу уақыты", "время окончания", "end time", "2025-09-01T10:30:00+05:00"
    ),
    "country": Heading("ел", "страна", "country: ISO 3166-1 alpha-2 or name", "KZ"),
    "quota": Heading("квота", "квота", "maximum number of delegates", "20"),
    "sessions": Heading("сессиялар", "сессии", "`source_id` of each session", "S-1; S-2"),
    "call_year": Heading("іріктеу жылы", "год набора", "year of the call", "2025"),
    "places": Heading("орындар саны", "число мест", "places offered", "10"),
    "applicant_count": Heading("өтінімдер саны", "число заявок", "applications received", "120"),
    "acronym": Heading("қысқартылған атауы", "аббревиатура", "acronym", "SAMPLE"),
    "programme": Heading("бағдарлама", "программа", "`source_id` of the programme", "PRG-1"),
    "host_entity": Heading(
        "қабылдаушы ұйым", "принимающая организация", "acronym of the host entity", "SAMPLE"
    ),
    "duty_station": Heading(
        "қызмет орны", "место службы", "`source_id` of the duty station", "DS-1"
    ),
    "category": Heading("санат", "категория", "category", ""),
    "funder": Heading("қаржыландырушы", "источник финансирования", "funder", "Sample fund"),
    "placement": Heading("тағайындау", "назначение", "`source_id` of the placement", "PL-1"),
    "submitted_on": Heading("тапсырылған күні", "дата сдачи", "day of submission", "2025-07-01"),
    "ceremony_on": Heading("салтанат күні", "дата церемонии", "day of the ceremony", "2025-12-05"),
    "code": Heading("код", "код", "code of the category in its edition", "BEST_EXAMPLE"),
    "nominee_organisation": Heading(
        "үміткер ұйым",
        "организация-номинант",
        "BIN of an organisation, or its `source_id`",
        "ORG-1",
    ),
    "stage": Heading("кезең", "этап", "the furthest stage reached", ""),
    "votes": Heading("дауыстар", "голоса", "votes of the public", "250"),
    "expert_score": Heading("сарапшы бағасы", "оценка экспертов", "score of the experts", "87.50"),
    "citation": Heading(
        "марапат негіздемесі", "обоснование награды", "reason for the award", "Sample text"
    ),
}


def same(text: str) -> str:
    """Return a heading normalised for comparison: no case, spaces and punctuation, ё as е."""
    return "".join(letter for letter in text.casefold() if letter.isalnum()).replace("ё", "е")


def heading_of(column: str) -> Heading:
    """Return the heading of a column; raise LookupError if it has none."""
    if column not in HEADINGS:
        raise LookupError(f"Column {column} has no heading: add it to HEADINGS in {__name__}.")
    return HEADINGS[column]


@cache
def spellings(columns: tuple[str, ...]) -> dict[str, str]:
    """Return the column name for every normalised heading of the given columns."""
    known: dict[str, str] = {}
    for name in columns:
        heading = heading_of(name)
        for spelling in (name, heading.kk, heading.ru):
            known[same(spelling)] = name
    return known
