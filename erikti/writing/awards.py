"""Files of the "Volunteer of the Year" award."""

from collections.abc import Mapping

from erikti.writing.cells import Cell, amount
from erikti.writing.kind import Kind, Lookup, Rule
from models.awards import (
    NOMINATION_STATES,
    AwardCategory,
    AwardEdition,
    Nomination,
    NominationStage,
)
from models.columns import FieldOf


def _nominations(
    name: str,
    meaning: str,
    stage: tuple[FieldOf[Nomination], ...],
    constants: Mapping[FieldOf[Nomination], object],
) -> Kind[Nomination]:
    return Kind(
        name,
        meaning,
        Nomination,
        (
            "edition",
            "category",
            "nominee_organisation",
            "country",
            "votes",
            Cell("expert_score", amount(2, "0", "100")),
            "citation",
            *stage,
        ),
        (
            Rule(
                ("nominee_organisation",),
                lambda organisation, family, given: (
                    bool(family) if organisation is None else not (family or given)
                ),
                "REQUIRED",
                "a nominee is either an organisation or a person with a family name",
                person=("family_name", "given_name"),
            ),
        ),
        person=True,
        person_field="nominee_person_id",
        person_required=False,
        prefix="nominations",
        constants=constants,
        states=NOMINATION_STATES,
    )


KINDS = (
    Kind(
        "award-editions",
        "Years of the award.",
        AwardEdition,
        ("year", "ceremony_on"),
        lookups=(Lookup(AwardEdition, ("year",)),),
    ),
    Kind(
        "award-categories",
        "Categories of one year of the award.",
        AwardCategory,
        ("edition", "code", "name"),
        lookups=(Lookup(AwardCategory, ("edition.year", "code")),),
    ),
    _nominations("nominations", "Candidacies of people or organisations.", ("stage",), {}),
    _nominations(
        "laureates",
        "Nominations that won; the stage is set by the import.",
        (),
        {"stage": NominationStage.LAUREATE.value},
    ),
)
