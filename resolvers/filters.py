"""Validation of filter arguments and their conversion to conditions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from strawberry import UNSET
from tortoise.models import Model

from erikti.auth.scopes import Scope
from erikti.errors import BadUserInputError, ForbiddenError
from erikti.text import fold
from resolvers.context import Context
from resolvers.dataloaders.listings import (
    ANY,
    LANGUAGES,
    LISTINGS,
    Comparison,
    Condition,
    Every,
    FromSource,
    Not,
    Related,
    Some,
    text_column,
)
from resolvers.dataloaders.searches import MIN_SEARCH, is_searchable
from resolvers.dataloaders.tables import related
from resolvers.global_ids import parse_id
from resolvers.values import bindable, text

MAX_DEPTH = 5
MAX_VALUES = 250
TOO_DEEP = f"a filter may nest at most {MAX_DEPTH} levels deep"


@dataclass
class Conditions:
    """Marks an input all of whose members must hold.

    Each must have at least one member and none may be null, since an ignored member would widen
    the filter.
    """


# Members of a filter for which isNull says nothing.
NEVER_ABSENT = {"and_", "or_", "not_", "is_null", "language"}


class HasValue(Conditions):
    """Marks the filter of a multi-valued field, whose ``contains`` matches one of its values."""


def condition(model: type[Model], given: Conditions | None) -> Condition:
    """Return the condition of a filter input; all of its parts must hold.

    Raises BadUserInputError if it nests deeper than ``MAX_DEPTH``, lists more than
    ``MAX_VALUES`` values, has an ID of another type, or has an empty part.
    """
    return ANY if given in (None, UNSET) else _all(model, given, "filter", 1)


def members_of(given: Conditions, path: str) -> Iterator[tuple[str, Any, str]]:
    """Yield the members of an input that the caller sent: name, value and path.

    Raises BadUserInputError if there is none, or one is null.
    """
    empty = True
    for item in fields(given):
        value = getattr(given, item.name)
        if value is UNSET:
            continue
        empty = False
        place = f"{path}.{camel(item.name)}"
        if value is None:
            advice = "omit it"
            if item.name not in NEVER_ABSENT and not place.startswith("having."):
                advice = "use isNull, or omit it"
            raise BadUserInputError(place, f"null is not a condition: {advice}")
        yield item.name, value, place
    if empty:
        raise BadUserInputError(path, "give at least one condition, or omit it")


def _all(model: type[Model], given: Conditions, path: str, depth: int) -> Condition:
    if depth > MAX_DEPTH:
        raise BadUserInputError(path, TOO_DEEP)
    return _every(tuple(_part(model, *member, depth) for member in members_of(given, path)))


def _every(parts: tuple[Condition, ...]) -> Condition:
    return parts[0] if len(parts) == 1 else Every(parts)


def _part(model: type[Model], name: str, value: Any, place: str, depth: int) -> Condition:
    match name:
        case "and_":
            return Every(_several(model, value, place, depth))
        case "or_":
            return Some(_several(model, value, place, depth))
        case "not_":
            return Not(_all(model, value, place, depth + 1))
        case "is_null":
            text = "isNull belongs directly in the filter of a relation"
            raise BadUserInputError(place, f"{text}: move and, or and not around the relation")
    listing = LISTINGS[model]
    if listing.is_text(name):
        return _text(model, name, value, place)
    if (members := listing.members.get(name)) is None:
        return _field(model, listing.column(name), value, place, depth)
    parts = members_of(value, place)
    return _every(tuple(_field(model, members.columns[n], v, at, depth) for n, v, at in parts))


def _field(model: type[Model], column: str, given: Any, path: str, depth: int) -> Condition:
    """Return the condition on one of the model's fields."""
    target = related(model, column)
    if target is None:
        return Every(tuple(_comparisons(model, column, given, path)))
    if depth == MAX_DEPTH:
        raise BadUserInputError(path, TOO_DEEP)
    members = list(members_of(given, path))
    absent = [Comparison(column, "is_null", value) for n, value, _ in members if n == "is_null"]
    parts = tuple(_part(target, *member, depth + 1) for member in members if member[0] != "is_null")
    return _every((*absent, *((Related(column, _every(parts)),) if parts else ())))


def _text(model: type[Model], name: str, given: Any, path: str) -> Condition:
    """Return the condition on a text: in one language, or in any of them."""
    members = [member for member in members_of(given, path) if member[0] != "language"]
    if not members:
        raise BadUserInputError(path, "give at least one condition besides the language")
    languages = (given.language,) if given.language else LANGUAGES
    parts: list[Condition] = []
    for operator, value, place in members:
        columns = [text_column(name, language) for language in languages]
        alike = tuple(_comparison(model, column, operator, value, place) for column in columns)
        # Not equal and null mean all languages: they negate that any is equal, or has a text.
        always = operator == "ne" or (operator == "is_null" and value)
        parts.append(_every(alike) if always or len(alike) == 1 else Some(alike))
    return _every(tuple(parts))


def _several(
    model: type[Model], given: Sequence[Conditions], path: str, depth: int
) -> tuple[Condition, ...]:
    if not given:
        raise BadUserInputError(path, "give at least one condition")
    _limit(given, path)
    return tuple(_all(model, item, f"{path}.{i}", depth + 1) for i, item in enumerate(given))


def _comparisons(model: type[Model], name: str, given: Any, path: str) -> Iterator[Condition]:
    if name == "source":
        yield FromSource(*source_of(given.system, given.identifier, path))
        return
    for operator, value, place in members_of(given, path):
        match operator:
            case "range":
                for bound, limit, at in members_of(value, place):
                    yield Comparison(name, bound, _value(model, name, limit, at))
            case "contains" if isinstance(given, HasValue):
                yield Comparison(name, "in", _values(model, name, (value,), place))
            case _:
                yield _comparison(model, name, operator, value, place)


def _comparison(model: type[Model], name: str, operator: str, value: Any, path: str) -> Comparison:
    match operator:
        case "in_" | "contains_any":
            return Comparison(name, "in", _values(model, name, value, path))
        case "is_null":
            return Comparison(name, operator, value)
        case "contains":
            return Comparison(name, operator, _search(model, name, value, path))
    return Comparison(name, operator, _value(model, name, value, path))


def _values(
    model: type[Model], name: str, values: Sequence[object], path: str
) -> tuple[object, ...]:
    _limit(values, path)
    return tuple(_value(model, name, value, f"{path}.{i}") for i, value in enumerate(values))


def _value(model: type[Model], name: str, value: Any, path: str) -> object:
    if name == "id":
        return parse_id(value, path, model.__name__)[1]
    field = model._meta.fields_map.get(name)
    try:
        return bindable(field, value)
    except ValueError as error:
        raise BadUserInputError(path, str(error)) from error


def _search(model: type[Model], name: str, value: str, path: str) -> object:
    text = _value(model, name, value, path)
    if is_searchable(model, name) and len(fold(text)) < MIN_SEARCH:
        reason = f"search for at least {MIN_SEARCH} letters or digits; doubled letters count once"
        raise BadUserInputError(path, reason)
    return text


def source_of(system: object, identifier: object, path: str) -> tuple[str, str]:
    """Return the system and identifier of a source; raises BadUserInputError if it is none."""
    found: list[str] = []
    for name, value in (("system", system), ("identifier", identifier)):
        if not isinstance(value, str):
            raise BadUserInputError(f"{path}.{name}", "this key is a string")
        try:
            found.append(text(value))
        except ValueError as error:
            raise BadUserInputError(f"{path}.{name}", str(error)) from error
    return found[0], found[1]


def check_fields(context: Context, model: type[Model], condition: Condition) -> None:
    """Check each field of a condition; see ``check_field``."""
    match condition:
        case Every(parts) | Some(parts):
            for part in parts:
                check_fields(context, model, part)
        case Not(part):
            check_fields(context, model, part)
        case Related(name, part):
            check_field(context, model, name)
            target = related(model, name)
            assert target is not None
            check_fields(context, target, part)
        case FromSource():
            check_field(context, model, "source")
        case Comparison(name, operator) if operator != "is_null":
            check_field(context, model, name)


def check_field(context: Context, model: type[Model], name: str) -> None:
    """Record for the access log that a list is filtered, ordered or grouped by a field.

    Only identifying fields are recorded. Raises ForbiddenError if the caller may not use it.
    """
    policy = context.loaders.scope.policy
    listing = LISTINGS.get(model)
    coordinate = f"{model.__name__}.{camel(listing.fields.get(name, name) if listing else name)}"
    if policy.is_forbidden(model, name):
        reason = "requires the scope people:read and a purpose (header X-Purpose)"
        if policy.reads_personal_data:
            reason = "is not available to callers of another country"
        refused: dict[str, object] = {"coordinate": coordinate}
        if not policy.granted(Scope.PEOPLE_READ):
            refused["missingScopes"] = [Scope.PEOPLE_READ]
        text = f"{coordinate} {reason} in filters, orders and groups"
        raise ForbiddenError(text, refused=[refused])
    if policy.is_identifying(model, name) and policy.reads_personal_data:
        context.ledger.identifying.add(coordinate)


def _limit(values: Sequence[object], path: str) -> None:
    if len(values) > MAX_VALUES:
        raise BadUserInputError(path, f"at most {MAX_VALUES} values, not {len(values)}")


def camel(name: str) -> str:
    """Return the GraphQL name of an argument or field."""
    head, *tail = name.rstrip("_").split("_")
    return head + "".join(word.title() for word in tail)
