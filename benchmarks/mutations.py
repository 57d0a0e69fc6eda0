"""Random mutations of operations that stay valid: field trees with variables as arguments."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
)

MOST_ITEMS = 160
SIZES = (1, 20, 50, 100)
CURSORS = ("after", "before")
PLACES: Mapping[str, tuple[Any, ...]] = {
    "year": (2024, 2025),
    "code": ("volunteers.active", "organisations"),
}
GIVENS: Mapping[str, tuple[Any, ...]] = {
    "Int": (1, 2, 20, 2024, 2025),
    "Float": (1.5,),
    "Boolean": (True, False),
    "String": ("а", "ова", "zz", "0", "ё" * 40),
    "Date": ("2024-05-01", "2025-12-31", "1900-01-01"),
    "DateTime": ("2025-01-01T00:00:00Z",),
    "Decimal": ("0", "10.5"),
    "RegionCode": ("KZ-75", "KZ-10"),
    "CountryCode": ("KZ", "KG", "UZ"),
    "CurrencyCode": ("KZT",),
}


@dataclass
class Node:
    """A field with its arguments, or, without a definition, an inline fragment."""

    name: str
    below: list["Node"] = field(default_factory=list)
    arguments: dict[str, tuple[str, Any]] = field(default_factory=dict)
    type: Any = None

    def all(self) -> Iterator["Node"]:
        """Yield this node and all its descendants."""
        yield self
        for node in self.below:
            yield from node.all()

    def copy(self) -> "Node":
        """Return a copy of the tree with the same arguments."""
        below = [node.copy() for node in self.below]
        return Node(self.name, below, dict(self.arguments), self.type)


class Mutations:
    """Mutations of a schema's operations; ``ids`` are IDs in the database."""

    def __init__(self, schema: GraphQLSchema, random: Random, ids: tuple[str, ...]) -> None:
        self._schema = schema
        self._random = random
        self._givens = {**GIVENS, "ID": ids}
        self._changes = (
            *(self._add, self._copy, self._remove, self._size, self._argue, self._widen),
            *(self._share, self._search),
        )

    def beginnings(self) -> Iterator[Node]:
        """Return an operation for each root field."""
        query = self._schema.query_type
        assert query is not None
        for name in query.fields:
            if name not in ("_entities", "_service"):
                yield Node("query", [self._field(query, name)], type=query)

    def changed(self, root: Node, other: Node) -> Node:
        """Return a copy with a few mutations, some with a part of another operation."""
        made = root.copy()
        if self._random.random() < 0.1:
            made.below.append(self._random.choice(other.below).copy())
        for _ in range(self._random.choice((1, 1, 2, 4))):
            self._random.choice(self._changes)(made)
        return made

    def _field(self, parent: Any, name: str) -> Node:
        definition = parent.fields[name]
        node = Node(name, type=get_named_type(definition.type))
        for argument, declared in definition.args.items():
            if argument in CURSORS:
                continue
            if is_required_argument(declared) or self._random.random() < 0.2:
                node.arguments[argument] = self._argument(argument, declared)
        if is_composite_type(node.type):
            node.below.append(self._below(node.type))
        return node

    def _below(self, type_: Any) -> Node:
        if isinstance(type_, GraphQLUnionType | GraphQLInterfaceType):
            kind = self._random.choice(self._schema.get_possible_types(type_))
            return Node(f"... on {kind.name}", [self._below(kind)], type=kind)
        assert isinstance(type_, GraphQLObjectType)
        names = list(type_.fields)
        if "nodes" in names and self._random.random() < 0.6:
            return self._field(type_, "nodes")
        return self._field(type_, self._random.choice(names))

    def _argument(self, name: str, declared: GraphQLArgument) -> tuple[str, Any]:
        if name in ("first", "last"):
            return str(declared.type), self._random.choice(SIZES)
        if name in PLACES:
            return str(declared.type), self._random.choice(PLACES[name])
        return str(declared.type), self._value(declared.type, 3)

    def _value(self, declared: Any, depth: int) -> Any:
        type_ = get_nullable_type(declared)
        if isinstance(type_, GraphQLList):
            size = self._random.choice((1, 1, 2, 5))
            return [self._value(type_.of_type, depth) for _ in range(size)]
        if isinstance(type_, GraphQLEnumType):
            return self._random.choice(list(type_.values))
        if not isinstance(type_, GraphQLInputObjectType):
            return self._random.choice(self._givens.get(type_.name, ("x",)))
        given = {n: f for n, f in type_.fields.items() if isinstance(f.type, GraphQLNonNull)}
        given |= dict([self._random.choice(list(self._flat(type_, depth).items()))])
        return {name: self._value(member.type, depth - 1) for name, member in given.items()}

    def _flat(self, type_: GraphQLInputObjectType, depth: int) -> Mapping[str, GraphQLInputField]:
        """Return the members of an input, without nested inputs at the maximum depth."""
        flat = {n: f for n, f in type_.fields.items() if n not in ("and", "or", "not")}
        return type_.fields if depth > 0 else flat

    def _one(self, root: Node, inner: bool = True) -> Node:
        return self._random.choice([n for n in root.all() if n.below or not inner])

    def _add(self, root: Node) -> None:
        node = self._one(root)
        if isinstance(node.type, GraphQLObjectType) and node is not root:
            node.below.append(self._below(node.type))
        else:
            self._random.choice(root.below).below.append(Node("__typename"))

    def _copy(self, root: Node) -> None:
        node = self._one(root)
        for _ in range(self._random.choice((1, 5, 15))):
            node.below.append(self._random.choice(node.below).copy())

    def _remove(self, root: Node) -> None:
        node = self._one(root)
        if len(node.below) > 1:
            node.below.remove(self._random.choice(node.below))

    def _size(self, root: Node) -> None:
        sized = [n for n in root.all() if "first" in n.arguments]
        if sized:
            self._random.choice(sized).arguments["first"] = "Int", self._random.choice(SIZES)

    def _argue(self, root: Node) -> None:
        """Add, change or remove an argument of a field."""
        parent = self._one(root)
        node = self._random.choice(parent.below)
        fields = getattr(parent.type, "fields", {})
        declared = fields[node.name].args if node.name in fields else {}
        known = [name for name in declared if name not in CURSORS]
        if not known:
            return
        name = self._random.choice(known)
        if name in node.arguments and not is_required_argument(declared[name]):
            del node.arguments[name]
        else:
            node.arguments[name] = self._argument(name, declared[name])

    def _widen(self, root: Node) -> None:
        """Give a filter many distinct alternatives."""
        filtered = [(n, name) for n in root.all() for name in n.arguments if name == "filter"]
        if filtered:
            node, name = self._random.choice(filtered)
            text, value = node.arguments[name]
            type_ = self._schema.get_type(text.strip("!"))
            size = self._random.choice((4, 20, MOST_ITEMS))
            word = self._random.choice(("or", "and"))
            other = [self._value(type_, 1) for _ in range(size - 1)]
            node.arguments[name] = text, {word: [value, *other]}

    def _share(self, root: Node) -> None:
        """Give all fields with such an argument the same value."""
        given = [(n, a) for n in root.all() for a in n.arguments]
        if given:
            node, name = self._random.choice(given)
            for other in root.all():
                if name in other.arguments and other.arguments[name][0] == node.arguments[name][0]:
                    other.arguments[name] = node.arguments[name]

    def _search(self, root: Node) -> None:
        """Make a page match few records, so that many are read but not returned."""
        for node in root.all():
            if "totalCount" in getattr(node.type, "fields", {}) and self._random.random() < 0.3:
                node.below = [self._field(node.type, "totalCount")]


def written(root: Node) -> tuple[str, dict[str, Any]]:
    """Return the text of an operation and its variables, shared by equal values."""
    names: dict[int, str] = {}
    variables: dict[str, Any] = {}
    definitions: list[str] = []
    aliases = count()

    def variable(given: tuple[str, Any]) -> str:
        if id(given) not in names:
            names[id(given)] = name = f"v{len(names)}"
            variables[name] = given[1]
            definitions.append(f"${name}: {given[0]}")
        return names[id(given)]

    def selections(nodes: list[Node]) -> str:
        seen: set[str] = set()
        return " ".join(write(node, seen) for node in nodes)

    def write(node: Node, seen: set[str]) -> str:
        given = ", ".join(f"{name}: ${variable(v)}" for name, v in node.arguments.items())
        alias = f"a{next(aliases)}: " if node.name in seen and node.name[0] != "." else ""
        seen.add(node.name)
        below = f" {{ {selections(node.below)} }}" if node.below else ""
        return f"{alias}{node.name}{f'({given})' if given else ''}{below}"

    body = selections(root.below)
    head = f"({', '.join(definitions)})" if definitions else ""
    return f"query {head} {{ {body} }}", variables
