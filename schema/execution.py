"""Operations on the schema: breadth first, from one snapshot, with the columns they need."""

from collections.abc import Collection, Mapping
from weakref import WeakKeyDictionary

from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from executor import BreadthFirstExecutor, Plan
from resolvers.dataloaders.loading import Needs
from resolvers.nodes import NODES
from schema.fields import READS

_known: WeakKeyDictionary[Plan, Needs] = WeakKeyDictionary()


class Exchange(BreadthFirstExecutor, StrawberryGraphQLCoreExecutionContext):
    """Tells the loaders of an operation which columns it needs."""

    def begin(self, plan: Plan) -> None:
        """Called before an operation is executed."""
        needs = _known.get(plan)
        if needs is None:
            columns = needed_columns(self.schema, plan.asked)
            needs = _known[plan] = Needs(plan.asked, columns)
        self.context_value.loaders.asked.needs = needs


def needed_columns(
    schema: GraphQLSchema, asked: Mapping[str, Collection[str]]
) -> Mapping[str, Collection[str]]:
    """The columns of each type of record that the fields asked of it are made of."""
    needed: dict[str, Collection[str]] = dict.fromkeys(NODES, ())
    for name, fields in asked.items():
        type_ = schema.get_type(name)
        if isinstance(type_, GraphQLObjectType):
            needed[name] = {column for field in fields for column in _reads(type_, field)}
    return needed


def _reads(type_: GraphQLObjectType, name: str) -> Collection[str]:
    field = type_.fields.get(name)
    definition = field.extensions.get("strawberry-definition") if field else None
    if definition is None:
        return ()
    if definition.base_resolver is None:
        return (definition.python_name,)
    columns: Collection[str] = definition.metadata.get(READS, ())
    return columns
