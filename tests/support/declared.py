"""Which fields of the root the database has to write, told from the document and the schema alone.

The compiler is not asked: what it silently leaves to the executor shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLDirective,
    GraphQLError,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_object_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from erikti.database.connection import dialect
from models.people import Person
from resolvers import data
from resolvers.connections import PageArguments, page_request
from resolvers.context import Context
from resolvers.dataloaders.listings import NOTHING
from resolvers.global_ids import NODES, parse_id
from resolvers.keys import checked_key, given_key
from schema.building.fields import DATA

ROWS = frozenset({"nodes", "edges", "pageInfo"})
DEEP = 6  # levels of objects
PYTHON = {"orderBy": "order_by"}


@dataclass(frozen=True)
class Question:
    """One request: its document, its variables and its caller."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    context: Context

    def levels(self, selected: SelectionSetNode | None) -> int:
        """Return how many levels of objects a selection has."""
        if selected is None:
            return 0
        return max(map(self._levels_of, selected.selections))

    def _levels_of(self, node: SelectionNode) -> int:
        match node:
            case FieldNode(selection_set=inner):
                return 1 + self.levels(inner)
            case FragmentSpreadNode(name=name):
                return self.levels(self.fragments[name.value].selection_set)
            case InlineFragmentNode(selection_set=inner):
                return self.levels(inner)
        raise AssertionError(node)

    def reasons(self, root: GraphQLObjectType, selected: SelectionSetNode) -> dict[str, str]:
        """Return why the executor may resolve each field of the root; empty if it may not."""
        fields = self._fields(root, [selected])
        return {key: self._reason(root, nodes) for key, nodes in fields.items()}

    def may_be_too_deep(self, selected: SelectionSetNode) -> bool:
        """Whether the stack of SQLite's parser may be too small for the statement."""
        return dialect().name == "sqlite" and self.levels(selected) >= DEEP

    def names(self, root: GraphQLObjectType, selected: SelectionSetNode) -> set[str]:
        """Return the names of the requested fields of the root."""
        return {nodes[0].name.value for nodes in self._fields(root, [selected]).values()}

    def _reason(self, root: GraphQLObjectType, nodes: Sequence[FieldNode]) -> str:
        try:
            return next(self._of_root(root, nodes), "")
        except GraphQLError:
            return "an invalid argument"

    def _of_root(self, root: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Iterator[str]:
        name = nodes[0].name.value
        if name == "__typename":
            return
        definition = root.fields.get(name)
        found = None if definition is None else declared_data(definition)
        if definition is None or found is None:
            yield f"{root.name}.{name} is not declared"
            return
        arguments = get_argument_values(definition, nodes[0], self.variables)
        if isinstance(found, data.ByKeys):
            for each in self._requested(found, arguments):
                if each not in NODES:
                    yield f"{each!r} is no record"
                    return
                yield from self._below(self.schema.type_map[each], nodes)
        elif isinstance(found, data.Page | data.Whole | data.LookUp):
            if isinstance(found, data.LookUp):
                key, value = given_key(arguments["by"])
                if key == "source":
                    yield "a source is looked up"
                else:
                    checked_key(found.type_name, key, value, "by")
            yield from self._of_field(root, nodes, found)
        else:
            yield f"{root.name}.{name} is no root of a statement"

    def _requested(self, kind: data.ByKeys, arguments: Mapping[str, Any]) -> Iterator[str]:
        """Yield the types of the records that are requested."""
        if kind is data.ByKeys.ENTITIES:
            for each in arguments["representations"]:
                by_source = not isinstance(each, Mapping) or "source" in each
                yield "" if by_source else str(each.get("__typename"))
            return
        for id_ in arguments["ids"] if kind is data.ByKeys.NODES else [arguments["id"]]:
            yield parse_id(id_, "id")[0]

    def _below(self, type_: Any, nodes: Sequence[FieldNode]) -> Iterator[str]:
        """Yield the reasons of the fields of a type, or of each type that it may be."""
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        types = self.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]
        for each in types:
            for inner in self._fields(each, sets).values():
                name = inner[0].name.value
                if name == "__typename":
                    continue
                found = declared_data(each.fields[name])
                if found is None:
                    yield f"{each.name}.{name} is not declared"
                else:
                    yield from self._of_field(each, inner, found)

    def _of_field(
        self, type_: GraphQLObjectType, nodes: Sequence[FieldNode], found: data.Data
    ) -> Iterator[str]:
        name = nodes[0].name.value
        coordinate = f"{type_.name}.{name}"
        definition = type_.fields[name]
        policy = self.context.loaders.scope.policy
        found = found.inner if isinstance(found, data.Identifying | data.Disclosed) else found
        match found:
            case data.PublicName() if policy.own(Person) != NOTHING:
                if not policy.may_identify or policy.principal.person is not None:
                    yield f"{coordinate}: each name is public or not"
            case data.Page():
                arguments = get_argument_values(definition, nodes[0], self.variables)
                yield from self._of_page(coordinate, found, arguments, self._parts(type_, nodes))
        below = get_named_type(definition.type)
        if is_composite_type(below):
            yield from self._below(below, nodes)

    def _parts(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> set[str]:
        """Return the names of the fields of a page that are requested."""
        below: Any = get_named_type(type_.fields[nodes[0].name.value].type)
        sets = [node.selection_set for node in nodes if node.selection_set is not None]
        return {found[0].name.value for found in self._fields(below, sets).values()}

    def _of_page(
        self, coordinate: str, page: data.Page, arguments: Mapping[str, Any], parts: set[str]
    ) -> Iterator[str]:
        """Yield why a page may not be written: what all parents' pages cost is not known before."""
        given = {PYTHON.get(name, name): value for name, value in arguments.items()}
        lists = page.lists(self.context.loaders)
        try:
            request = page_request(self.context, lists.listing, PageArguments(**given), page.scope)
        except GraphQLError:
            yield f"{coordinate}: an invalid argument"
            return
        if page.key is None:
            return
        if parts & ROWS and lists.is_paid_search(lists.visible(request)):
            yield f"{coordinate}: a search in several lists may cost points"
        if "totalCount" in parts and lists.is_paid_count(lists.narrow(request.condition)):
            yield f"{coordinate}: a total of several lists may cost points"

    def _fields(
        self, type_: GraphQLObjectType, sets: Sequence[SelectionSetNode]
    ) -> dict[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = {}
        for each in sets:
            for node in self._selected(type_, each):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
        return found

    def _selected(
        self, type_: GraphQLObjectType, selected: SelectionSetNode
    ) -> Iterator[FieldNode]:
        for node in selected.selections:
            if (
                self._is(GraphQLSkipDirective, node)
                or self._is(GraphQLIncludeDirective, node) is False
            ):
                continue
            match node:
                case FieldNode():
                    yield node
                case InlineFragmentNode():
                    if node.type_condition is None or self._fits(
                        node.type_condition.name.value, type_
                    ):
                        yield from self._selected(type_, node.selection_set)
                case FragmentSpreadNode():
                    fragment = self.fragments[node.name.value]
                    if self._fits(fragment.type_condition.name.value, type_):
                        yield from self._selected(type_, fragment.selection_set)

    def _fits(self, condition: str, type_: GraphQLObjectType) -> bool:
        wanted: Any = self.schema.type_map[condition]
        if is_object_type(wanted):
            return wanted is type_
        return self.schema.is_sub_type(wanted, type_)

    def _is(self, directive: GraphQLDirective, node: SelectionNode) -> bool | None:
        given = get_directive_values(directive, node, self.variables)
        return None if given is None else bool(given["if"])


def declared_data(definition: Any) -> data.Data | None:
    """Return what a field is declared to be; a column, if it has no resolver."""
    found = definition.extensions.get("strawberry-definition")
    if found is None or found.extensions:
        return None
    if found.base_resolver is None:
        return data.Column(found.python_name)
    declared: data.Data | None = found.metadata.get(DATA)
    return declared
