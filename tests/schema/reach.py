"""Operations that together request every field of the schema that has a resolver."""

from collections.abc import Iterator

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    is_required_argument,
    parse,
    visit,
)
from strawberry.relay import to_base64

from erikti.database.connection import fetch
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES, key_text
from tests.schema.walk import GRAPH, entities

ROOT_FIELDS = 4  # in one operation
RECORDS = 3
YEARS = {"statistics": 2025, "registry": 2025}
Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


def resolved() -> set[tuple[str, str]]:
    """Return every field with a resolver that a query can reach, as type and field names."""
    return {
        (type_.name, name)
        for type_ in GRAPH.type_map.values()
        if isinstance(type_, GraphQLObjectType) and type_ is not GRAPH.subscription_type
        for name, field in type_.fields.items()
        if getattr(field.extensions.get("strawberry-definition"), "base_resolver", None)
    }


def requested_fields(document: str) -> set[tuple[str, str]]:
    """Return the fields that a document requests."""
    found = set()
    info = TypeInfo(GRAPH)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            assert parent is not None
            found.add((parent.name, node.name.value))

    visit(parse(document), TypeInfoVisitor(info, Fields()))
    return found


class Reach:
    """Writes selections that visit each non-entity type once."""

    def __init__(self, ids: dict[str, list[str]]) -> None:
        self._ids = ids
        self._entered: set[str] = set()

    def operations(self) -> Iterator[str]:
        """Return the documents, which have no variables."""
        for entity in entities():
            ids = ", ".join(f'"{one}"' for one in self._ids[entity.name])
            self._entered.add(entity.name)
            yield f"{{ nodes(ids: [{ids}]) {{ ... on {entity.name} {self._all(entity)} }} }}"
        assert GRAPH.query_type is not None
        fields = [self._field(name, field) for name, field in GRAPH.query_type.fields.items()]
        for begin in range(0, len(fields), ROOT_FIELDS):
            yield f"{{ {' '.join(fields[begin : begin + ROOT_FIELDS])} }}"

    def _all(self, type_: GraphQLObjectType | GraphQLInterfaceType) -> str:
        fields = (self._field(name, field) for name, field in type_.fields.items())
        return f"{{ __typename {' '.join(fields)} }}"

    def _field(self, name: str, field: GraphQLField) -> str:
        given = [
            f"{argument}: {self._value(name, argument, field)}"
            for argument, declared in field.args.items()
            if is_required_argument(declared)
        ]
        given += ["first: 3"] if "first" in field.args else []
        arguments = f"({', '.join(given)})" if given else ""
        return f"{name}{arguments} {self._selection(get_named_type(field.type))}"

    def _value(self, name: str, argument: str, field: GraphQLField) -> str:
        if argument == "representations":
            return f'[{{__typename: "Region", id: "{self._ids["Region"][0]}"}}]'
        if argument == "ids":
            return f'["{self._ids["Volunteer"][0]}"]'
        if argument == "id":
            return f'"{self._ids["Volunteer"][0]}"'
        if argument == "by":
            by = get_named_type(field.args["by"].type)
            if isinstance(by, GraphQLInputObjectType):
                return f'{{id: "{self._ids[get_named_type(field.type).name][0]}"}}'
            assert isinstance(by, GraphQLEnumType)
            # Amounts are added up only within a currency.
            return f"[{'CURRENCY' if 'CURRENCY' in by.values else next(iter(by.values))}]"
        texts = {"code": '"volunteers"', "iin": '"900101350000"'}
        return texts.get(argument) or str(YEARS[name])

    def _selection(self, type_: object) -> str:
        if is_leaf_type(type_):
            return ""
        assert isinstance(type_, Composite)
        if isinstance(type_, GraphQLUnionType) or type_.name in self._entered:
            return "{ __typename }"
        if type_.name in NODES:
            return "{ __typename id }"
        self._entered.add(type_.name)
        return self._all(type_)


async def operations() -> list[str]:
    """Return operations on the open database's records that reach every resolver."""
    ids = {}
    for name, node in NODES.items():
        records = table(node.model)
        rows = await fetch(f"SELECT {records.key} FROM {records.name} ORDER BY 1 LIMIT {RECORDS}")
        ids[name] = [to_base64(name, key_text(row[0])) for row in rows]
    return list(Reach(ids).operations())
