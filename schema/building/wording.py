"""English phrases for generated descriptions: articles, plurals and the names of record types."""

import re

from strawberry.utils.str_converters import to_camel_case

IRREGULAR = {"person": "people"}
VOWELS = tuple("aeiou")


def article(phrase: str) -> str:
    """Return a phrase with its indefinite article, such as ``an enquiry`` or ``an `Int```."""
    return f"{'an' if phrase.lstrip('`').lower().startswith(VOWELS) else 'a'} {phrase}"


def singular(type_name: str) -> str:
    """Return the noun for one record of a type: ``AwardCategory`` gives ``award category``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type_name).lower()


def plural(type_name: str) -> str:
    """Return the noun for records of a type: ``AwardCategory`` gives ``award categories``."""
    noun = singular(type_name)
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def in_code(python_name: str) -> str:
    """Return the GraphQL name of a field in backticks."""
    return f"`{to_camel_case(python_name)}`"
