"""Files of people and of their consents."""

from erikti.writing.kind import (
    IDENTIFIER,
    SOURCE_COLUMNS,
    Column,
    Kind,
    Lookup,
    Reference,
    ordered,
    person_columns,
    plain,
)
from models.people import Consent, Person

PERSON_BY_IIN = Lookup("people", ("iin_hash",), hashed=True)
PERSON_BY_SOURCE = Lookup("person_sources", ("system", "identifier"), "person_id", of_system=True)

KINDS = (
    Kind(
        "people",
        "People, known to a system under their `source_id`.",
        Person,
        SOURCE_COLUMNS + person_columns()[1:],
        person=True,
    ),
    Kind(
        "consents",
        "People's consents to share personal data with a country for one purpose. A withdrawal is "
        "the same consent again, with `withdrawn_on`; a blank cell in later files never clears it.",
        Consent,
        (
            *SOURCE_COLUMNS,
            Column("person", IDENTIFIER, required=True),
            *plain(
                Consent, "purpose", "recipient_country", "given_on", "expires_on", "withdrawn_on"
            ),
        ),
        references=(Reference(("person",), "person_id", (PERSON_BY_IIN, PERSON_BY_SOURCE)),),
        rules=(ordered("given_on", "expires_on"), ordered("given_on", "withdrawn_on")),
        lasting=frozenset({"withdrawn_on"}),
    ),
)
