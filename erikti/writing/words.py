"""Words for yes and no, and for the values of enums, in files, in three languages."""

from enum import Enum
from functools import cache

from erikti.labels import code_lists
from models.schema_names import schema_name

YES = frozenset({"1", "true", "yes", "y", "да", "истина", "иә", "ия", "ақиқат", "+1"})
NO = frozenset({"0", "false", "no", "n", "нет", "ложь", "жоқ", "жалған"})

# The words that templates offer, by language and code.
YES_AND_NO = {
    "kk": {"yes": "иә", "no": "жоқ"},
    "ru": {"yes": "да", "no": "нет"},
    "en": {"yes": "yes", "no": "no"},
}


def folded(text: str) -> str:
    """Return text normalised for comparison: lower case, single spaces, ё as е."""
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split()).replace("ё", "е")


@cache
def names(values: type[Enum]) -> dict[str, str]:
    """Return each value of an enum by its code and its labels, folded."""
    return {
        folded(spelling): values[value.code].value
        for value in code_lists()[schema_name(values)].values
        for spelling in value.spellings
    }
