"""The schema for clients, without the parts that only gateways use."""

from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    DirectiveLocation,
    GraphQLSchema,
    Node,
    Visitor,
    build_ast_schema,
    parse,
    print_schema,
    visit,
)

# Locations of directives in operations.
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


class _WithoutFederation(Visitor):
    """Removes federation's own types and fields, and directives that no operation can use."""

    def enter(self, node: Node, *_: object) -> object:
        name = getattr(getattr(node, "name", None), "value", "")
        if node.kind.endswith("_definition") and name.startswith(("_", "link__")):
            return REMOVE
        if isinstance(node, DirectiveDefinitionNode):
            found = {location.value for location in node.locations}
            return None if found & EXECUTABLE else REMOVE
        return None


def api_sdl(graph: GraphQLSchema) -> str:
    """Return the API schema (Apollo Federation) of a subgraph, for client tools."""
    return (
        print_schema(build_ast_schema(visit(parse(print_schema(graph)), _WithoutFederation())))
        + "\n"
    )
