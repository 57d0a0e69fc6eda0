"""Files of the "Volunteer of the Year" award."""

from erikti.writing.kind import (
    IDENTIFIER,
    ORGANISATION_LOOKUPS,
    SOURCE_COLUMNS,
    YEAR,
    Column,
    Kind,
    Lookup,
    Reference,
    Rule,
    amount,
    any_language,
    person_columns,
    plain,
)
from models.awards import AwardCategory, AwardEdition, Nomination, NominationStage

EDITION_COLUMN = Column("edition", YEAR, required=True)
EDITION = Reference(("edition",), "edition_id", (Lookup("award_editions", ("year",)),))
CATEGORY = Lookup(
    "award_categories JOIN award_editions ON award_editions.id = award_categories.edition_id",
    ("award_editions.year", "award_categories.code"),
    "award_categories.id",
)
NOMINATION_COLUMNS = (
    *SOURCE_COLUMNS,
    *person_columns(required=False),
    EDITION_COLUMN,
    Column("category", IDENTIFIER, required=True),
    Column("nominee_organisation", IDENTIFIER),
    *plain(
        Nomination,
        "country",
        "votes",
        "expert_score",
        "citation",
        expert_score=amount(2, "0", "100"),
    ),
)
NOMINATION_REFERENCES = (
    EDITION,
    Reference(("edition", "category"), "category_id", (CATEGORY,)),
    Reference(("nominee_organisation",), "nominee_organisation_id", ORGANISATION_LOOKUPS),
)
NOMINEE = Rule(
    ("nominee_organisation", "family_name", "given_name"),
    lambda organisation, family, given: (
        bool(family and given) if organisation is None else not (family or given)
    ),
    "REQUIRED",
    "a nominee is either an organisation or a person with family and given name",
)

KINDS = (
    Kind(
        "award-editions",
        "Years of the award.",
        AwardEdition,
        SOURCE_COLUMNS + plain(AwardEdition, "year", "ceremony_on"),
    ),
    Kind(
        "award-categories",
        "Categories of one year of the award.",
        AwardCategory,
        (*SOURCE_COLUMNS, EDITION_COLUMN, *plain(AwardCategory, "code", "name_*")),
        references=(EDITION,),
        rules=(any_language("name"),),
    ),
    Kind(
        "nominations",
        "Candidacies of people or organisations.",
        Nomination,
        NOMINATION_COLUMNS + plain(Nomination, "stage"),
        references=NOMINATION_REFERENCES,
        rules=(NOMINEE,),
        person=True,
        person_field="nominee_person_id",
        prefix="nominations",
    ),
    Kind(
        "laureates",
        "Nominations that won; the stage is set by the import.",
        Nomination,
        NOMINATION_COLUMNS,
        references=NOMINATION_REFERENCES,
        rules=(NOMINEE,),
        person=True,
        person_field="nominee_person_id",
        prefix="nominations",
        constants={"stage": NominationStage.LAUREATE.value},
    ),
)
