"""The closed lists of codes, with labels in three languages."""

import strawberry

from schema.building.costs import CODES, at_most
from schema.building.fields import text
from schema.building.permissions import PUBLIC


@strawberry.type(
    description="A code of a closed list, with a label for readers.",
    directives=[PUBLIC],
)
class CodeValue:
    """A code of a closed list, with a label for readers."""

    code: str = strawberry.field(
        description="The code as the API returns it, such as the enum value RESOLVED."
    )
    label = text("label", "The label, such as Resolved.")


@strawberry.type(
    description="A closed list of codes: the values of an enum, the scopes or the error codes. "
    "With it a page needs no dictionary of its own.",
    directives=[PUBLIC],
)
class CodeList:
    """A closed list of codes."""

    name: str = strawberry.field(
        description="The name of the list: that of the enum, such as `EnquiryStatus`; or Scope, "
        "or ErrorCode."
    )
    label = text("label", "The title of the list, such as Status of an enquiry.")
    values: list[CodeValue] = strawberry.field(
        description="The codes, in their natural order.", directives=[at_most(CODES)]
    )
