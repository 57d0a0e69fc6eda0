"""Every way to omit a condition of a document, in every input of the schema."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    get_nullable_type,
)

from schema import schema
from tests.schema.lists import ROOTS
from tests.schema.walk import connections, entities

GRAPH = schema._schema


class Place(NamedTuple):
    """An input of conditions, with the shortest path to it from an argument."""

    type: GraphQLInputObjectType
    before: str
    behind: str
    path: str
    way: tuple[tuple[str, bool], ...] = ()

    def below(self, name: str) -> "Place":
        """Return the input of a member."""
        type_ = get_nullable_type(self.type.fields[name].type)
        listed = isinstance(type_, GraphQLList)
        return Place(
            get_named_type(type_),
            f"{self.before}{{ {name}: {'[' * listed}",
            f"{']' * listed} }}{self.behind}",
            f"{self.path}.{name}" + ".0" * listed,
            (*self.way, (name, listed)),
        )

    def value(self, value: Any) -> Any:
        """Return the whole argument as a variable's value, with this value for the input."""
        for name, listed in reversed(self.way):
            value = {name: [value] if listed else value}
        return value


class Case(NamedTuple):
    """An argument's value, its variables, and the path that the error must name.

    Without a path, the case is valid and matches no records.
    """

    argument: str
    variables: str
    values: dict[str, Any]
    path: str


def places(argument: str, root: GraphQLInputObjectType, seen: set[str]) -> Iterator[Place]:
    """Yield the input of an argument and all nested ones that were not visited."""
    waiting = [Place(root, "", "", argument)]
    seen.add(root.name)
    while waiting:
        place = waiting.pop(0)
        yield place
        for name, member in place.type.fields.items():
            target = get_named_type(member.type)
            if isinstance(target, GraphQLInputObjectType) and target.name not in seen:
                if any(isinstance(each.type, GraphQLNonNull) for each in target.fields.values()):
                    continue  # GraphQL itself rejects an omission
                seen.add(target.name)
                waiting.append(place.below(name))


def cases(argument: str, root: GraphQLInputObjectType, seen: set[str]) -> Iterator[Case]:
    """Yield every omission in the unvisited inputs below an argument."""

    def written(place: Place, text: str) -> str:
        return f"{argument}: {place.before}{text}{place.behind}"

    for place in places(argument, root, seen):
        yield Case(written(place, "{}"), "", {}, place.path)
        whole = f"{argument}: $whole", f"$whole: {root.name}"
        yield Case(*whole, {"whole": place.value({})}, place.path)
        for name, member in place.type.fields.items():
            path = f"{place.path}.{name}"
            type_ = get_nullable_type(member.type)
            yield Case(written(place, f"{{ {name}: null }}"), "", {}, path)
            yield Case(*whole, {"whole": place.value({name: None})}, path)
            given = written(place, f"{{ {name}: $it }}")
            for default, values in (("", {}), ("", {"it": None}), (" = null", {})):
                yield Case(given, f"$it: {type_}{default}", dict(values), path)
            if isinstance(type_, GraphQLList):
                # An empty list of values matches no record; an empty list of conditions would match all.
                empty = written(place, f"{{ {name}: [] }}")
                is_values = not isinstance(get_named_type(type_), GraphQLInputObjectType)
                yield Case(empty, "", {}, "" if is_values else path)


def arguments() -> Iterator[tuple[str, str, GraphQLInputObjectType]]:
    """Yield every argument with conditions: a document with ``%s`` for it, its name and type.

    Root lists come first, then those of entities, in whose documents ``<Volunteer>`` stands for
    the ID of a volunteer.
    """
    assert GRAPH.query_type is not None
    for list_ in ROOTS.values():
        yield from _of_list(list_, GRAPH.query_type.fields[list_], "{ %s }")
    for entity in entities():
        where = f'{{ __typename: "{entity.name}", id: "<{entity.name}>" }}'
        around = f"{{ _entities(representations: [{where}]) {{ ... on {entity.name} {{ %s }} }} }}"
        for list_, _ in connections(entity):
            yield from _of_list(list_, entity.fields[list_], around)


def _of_list(
    name: str, field: Any, around: str
) -> Iterator[tuple[str, str, GraphQLInputObjectType]]:
    yield around % f"{name}(%s) {{ totalCount }}", "filter", field.args["filter"].type
    page: Any = get_named_type(field.type)
    groups = page.fields.get("groups")
    if groups is not None:
        by = next(iter(get_named_type(groups.args["by"].type).values))
        text = f"{name} {{ groups(by: [{by}], %s) {{ nodes {{ count }} }} }}"
        yield around % text, "having", groups.args["having"].type


def documents() -> Iterator[tuple[str, Case]]:
    """Yield every case of every input, each by the first argument that leads to it."""
    seen: set[str] = set()
    for text, name, type_ in arguments():
        for case in [] if type_.name in seen else cases(name, type_, seen):
            declared = f"query ({case.variables}) " if case.variables else ""
            yield declared + text % case.argument, case


def check(text: str, case: Case, answer: Mapping[str, Any]) -> None:
    """Check that the result has the case's error, or matches no records."""
    shown = f"{text} {case.values} {answer}"
    if case.path:
        (error,) = answer["errors"]
        expected = {"code": "BAD_USER_INPUT", "argument": case.path}
        assert error["extensions"] == expected, shown
    else:
        assert re.search(r"'totalCount': 0\b|'groups': \{'nodes': \[\]", str(answer["data"])), shown
