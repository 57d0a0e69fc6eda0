"""The schema as clients see it: without what is for gateways alone."""

from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    DirectiveLocation,
    GraphQLInterfaceType,
    GraphQLSchema,
    Node,
    Visitor,
    build_ast_schema,
    parse,
    print_schema,
    visit,
)

# Where a directive stands in an operation, not in a schema.
EXECUTABLE = {
    DirectiveLocation.QUERY.name,
    DirectiveLocation.MUTATION.name,
    DirectiveLocation.SUBSCRIPTION.name,
    DirectiveLocation.FIELD.name,
    DirectiveLocation.FRAGMENT_DEFINITION.name,
    DirectiveLocation.FRAGMENT_SPREAD.name,
    DirectiveLocation.INLINE_FRAGMENT.name,
    DirectiveLocation.VARIABLE_DEFINITION.name,
}


class _Gateways(Visitor):
    """Leaves out federation's own types and fields, and directives that no operation can use."""

    def enter(self, node: Node, *_: object) -> object:
        name = getattr(getattr(node, "name", None), "value", "")
        if node.kind.endswith("_definition") and name.startswith(("_", "link__")):
            return REMOVE
        if isinstance(node, DirectiveDefinitionNode):
            found = {location.value for location in node.locations}
            return None if found & EXECUTABLE else REMOVE
        return None


def api_sdl(graph: GraphQLSchema) -> str:
    """The API schema (Apollo Federation) of a subgraph, as tools of clients take it."""
    kept = build_ast_schema(visit(parse(print_schema(graph)), _Gateways()))
    interfaces = (t for t in kept.type_map.values() if isinstance(t, GraphQLInterfaceType))
    nodes = [type_ for found in interfaces for type_ in kept.get_implementations(found).objects]
    # What nothing leads to, such as an enum of a directive alone, is no part of it.
    reached = GraphQLSchema(
        kept.query_type,
        kept.mutation_type,
        kept.subscription_type,
        types=nodes,
        directives=kept.directives,
    )
    return print_schema(reached) + "\n"
