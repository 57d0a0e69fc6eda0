"""Readers of leaves: generated functions that read all leaf attributes of a scope's objects.

A reader handles only ordinary values. On an exception, an invalid null, an awaitable or a value
that cannot be serialized it raises, and the executor resolves the fields of the scope one by
one instead, as graphql-core does.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

Reader = Callable[[Sequence[object]], list[dict[str, object]]]
Convert = Callable[[object], object]
# Values of these types are neither errors nor awaitable nor callable.
PLAIN = frozenset(
    {str, int, float, bool, bytes, date, datetime, time, timedelta, Decimal, UUID, list, tuple}
)


class SlowPathError(Exception):
    """A value that a reader does not handle."""


class Leaf:
    """The source of one leaf: an attribute of the object, or a constant.

    ``mapped`` objects may be dictionaries with items instead of attributes and may lack the
    attribute, as in graphql-core's default resolver.
    """

    def __init__(self, attribute: str, type_: GraphQLOutputType, mapped: bool = False) -> None:
        self.attribute = attribute
        self.mapped = mapped
        self.convert = converter(type_)
        self.type = get_nullable_type(type_)

    def source(self) -> str:
        """Return the expression that reads the value from the object ``o``."""
        if self.mapped:
            return f"(o.get({self.attribute!r}) if type(o) is dict else get(o, {self.attribute!r}))"
        return f"o.{self.attribute}"

    def expression(self, n: int) -> str:
        """Return the expression that converts the value ``v``; ``n`` numbers its names."""
        if self.type in (GraphQLString, GraphQLID):
            return f"v if type(v) is str else c{n}(v)"
        if self.type is GraphQLBoolean:
            return f"v if type(v) is bool else c{n}(v)"
        if self.type is GraphQLInt:
            return f"v if type(v) is int and -2147483648 <= v <= 2147483647 else c{n}(v)"
        if isinstance(self.type, GraphQLEnumType):
            return f"e{n}[v]"
        if is_list_type(self.type):
            return f"c{n}(v)"
        given = f"(r := s{n}(v)) is not None and r is not Undefined"
        return f"r if type(v) in PLAIN and {given} else c{n}(v)"

    def names(self, n: int) -> dict[str, object]:
        """Return the objects that the expression refers to, by name."""
        found: dict[str, object] = {f"c{n}": self.convert}
        if isinstance(self.type, GraphQLEnumType):
            found[f"e{n}"] = _EnumNames(self.convert)
        elif is_leaf_type(self.type):
            found[f"s{n}"] = self.type.coerce_output_value
        return found


class _EnumNames(dict[object, object]):
    """The names of an enum's values, added when first used."""

    def __init__(self, convert: Convert) -> None:
        self.convert = convert

    def __missing__(self, value: object) -> object:
        name = self.convert(value)
        # Values that equal others of other types, such as 1 and True, are not cached.
        plain = value is None or type(value) is str
        if plain or (isinstance(value, Enum) and not isinstance(value, str | int)):
            self[value] = name
        return name


def leaf(key: str, field: GraphQLField, attributes_only: bool) -> Leaf | None:
    """Return the source of a field, or None if it needs its resolver.

    With ``attributes_only``, fields without a resolver are read only as attributes.
    """
    if not is_leaf_type(get_named_type(field.type)):
        return None
    if field.resolve is None:
        return Leaf(key, field.type, mapped=True) if attributes_only else None
    definition = field.extensions.get("strawberry-definition")
    if definition is None or not definition.is_basic_field:
        return None
    if not getattr(field.resolve, "_is_default", False) or definition.default_resolver != getattr:
        return None
    return Leaf(definition.python_name, field.type)


def converter(type_: GraphQLOutputType) -> Convert:
    """Return a function that completes an ordinary value of a leaf type or a list of them."""
    required = is_non_null_type(type_)
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        convert = _list_converter(inner.of_type)
    else:
        assert is_leaf_type(inner)
        convert = _leaf_converter(inner)

    def checked(value: object) -> object:
        if value is None or value is Undefined:
            if required:
                raise SlowPathError
            return None
        return convert(value)

    return checked


def _leaf_converter(type_: GraphQLLeafType) -> Convert:
    coerce = type_.coerce_output_value

    def convert(value: object) -> object:
        if type(value) not in PLAIN and _is_special(value):
            raise SlowPathError
        result = coerce(value)
        if result is None or result is Undefined:
            raise SlowPathError
        return result

    return convert


def _is_special(value: object) -> bool:
    if isinstance(value, Enum):
        return False
    return isinstance(value, Exception) or callable(value) or hasattr(value, "__await__")


def _list_converter(item_type: GraphQLOutputType) -> Convert:
    convert = converter(item_type)

    def each(value: object) -> list[object]:
        if type(value) is not list and type(value) is not tuple:
            raise SlowPathError
        return [convert(item) for item in value]

    return each


def default_value(source: object, name: str) -> object:
    """Return what graphql-core's default resolver finds, without calling it."""
    return source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)


def make_reader(keys: Sequence[str], leaves: Mapping[str, Leaf], typename: str) -> Reader:
    """Return a function from a scope's objects to their outputs, dictionaries in key order.

    Keys without a leaf are None; ``__typename`` is a leaf with that attribute.
    """
    names: dict[str, object] = {"get": default_value, "PLAIN": PLAIN, "Undefined": Undefined}
    lines = ["def read(objects):", " outputs = []", " for o in objects:"]
    entries = []
    for n, key in enumerate(keys):
        found = leaves.get(key)
        if found is None:
            entries.append(f"{key!r}: None")
        elif found.attribute == "__typename":
            entries.append(f"{key!r}: {typename!r}")
        else:
            lines += [f"  v = {found.source()}", f"  v{n} = {found.expression(n)}"]
            names |= found.names(n)
            entries.append(f"{key!r}: v{n}")
    lines += [f"  outputs.append({{{', '.join(entries)}}})", " return outputs"]
    # Safe for exec: keys and attributes are GraphQL and Python names, written as literals.
    made: dict[str, Reader] = {}
    exec("\n".join(lines), names, made)
    return made["read"]
