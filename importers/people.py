"""Files of people."""

from importers.kinds import SOURCE_COLUMNS, Kind, Lookup, person_columns
from models.people import Person

PERSON_BY_IIN = Lookup("people", ("iin",))
PERSON_BY_SOURCE = Lookup("person_sources", ("system", "identifier"), "person_id", of_system=True)

KINDS = (
    Kind(
        "people",
        "People, known to a system under their `source_id`.",
        Person,
        SOURCE_COLUMNS + person_columns()[1:],
        person=True,
    ),
)
