"""Files of people and of their consents."""

from erikti.writing.kind import Kind, Lookup, ordered
from models.people import Consent, Person, PersonSource

KINDS = (
    Kind(
        "people",
        "People, known to a system under their `source_id`.",
        Person,
        (),
        person=True,
        lookups=(
            Lookup(Person, ("iin_hash",), hashed=True),
            Lookup(PersonSource, ("system", "identifier"), "person_id", of_system=True),
        ),
    ),
    Kind(
        "consents",
        "People's consents to share personal data with a country for one purpose. A withdrawal is "
        "the same consent again, with `withdrawn_on`; a blank cell in later files never clears it.",
        Consent,
        ("person", "purpose", "recipient_country", "given_on", "expires_on", "withdrawn_on"),
        (ordered("given_on", "expires_on"), ordered("given_on", "withdrawn_on")),
        lasting=("withdrawn_on",),
    ),
)
