"""The closed lists of codes, with their labels."""

from typing import Annotated

import strawberry

from erikti.errors import BadUserInputError
from erikti.labels import CodeList, code_lists

NAMES = (
    "Names of lists, such as EnquiryStatus; by default all lists. They are returned in this order."
)
Names = Annotated[list[str] | None, strawberry.argument(description=NAMES)]


def lists(names: Names = strawberry.UNSET) -> list[CodeList]:
    """Return the lists with these names, or all; raises BadUserInputError for an unknown name."""
    known = code_lists()
    for place, name in enumerate(names or ()):
        if name not in known:
            raise BadUserInputError(
                f"names.{place}", f"{name!r} is no list of codes; the lists are {', '.join(known)}"
            )
    return (
        list(known.values())
        if names is None or names is strawberry.UNSET
        else [known[name] for name in names]
    )
