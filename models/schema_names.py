"""Names of enums in the schema and in labels, which begin with the name of a record type."""

from enum import Enum

from models.cis_forum import SessionFormat
from models.people import AgeBand, CisStatus, Language, Purpose, Sex
from models.un_placements import ReportKind, UnvCategory
from models.volunteers import Direction

SCHEMA_NAMES: dict[type[Enum], str] = {
    AgeBand: "PersonAgeBand",
    CisStatus: "CountryCisStatus",
    Direction: "VolunteerFieldOfWork",
    Language: "EriktiLanguage",
    Purpose: "ConsentPurpose",
    ReportKind: "PlacementReportKind",
    SessionFormat: "ForumSessionFormat",
    Sex: "PersonSex",
    UnvCategory: "PlacementCategory",
}


def schema_name(enum: type[Enum]) -> str:
    """Return the name of an enum in the schema."""
    return SCHEMA_NAMES.get(enum, enum.__name__)
