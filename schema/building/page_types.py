"""The types of the pages of lists and of groups: connections and their edges (Relay)."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import strawberry

from resolvers import connections
from schema.building.connections import PageInfo
from schema.building.fields import batch_field


class Wording(NamedTuple):
    """What differs in the descriptions of pages, whose ``item`` is a record or a group."""

    item: str
    whole: str
    edge: str
    page: str


def page_type(
    name: str,
    node: Any,
    rule: object,
    words: Wording,
    more: Mapping[str, Any],
    caching: Collection[object] = (),
) -> Any:
    """Return the connection type of ``node``, whose own fields are ``more``, with its edge type.

    ``rule`` is the access rule of both; ``caching`` are other directives of the connection.
    """
    edge: Any = _edge_type(name, node, rule, words)
    position = f"The position of the page in the {words.whole}."
    many_edges: Any = list[edge]
    many_nodes: Any = list[node]
    fields = {
        "edges": batch_field(
            connections.edges, many_edges, f"The {words.item}s with their cursors."
        ),
        "nodes": batch_field(connections.nodes, many_nodes, f"The {words.item}s of the page."),
        "page_info": batch_field(connections.page_info(PageInfo), PageInfo, position),
        **more,
    }
    return strawberry.type(
        type(f"{name}Connection", (), fields),
        description=words.page,
        directives=[*caching, rule],
    )


def _edge_type(name: str, node: Any, rule: object, words: Wording) -> Any:
    position = f"The position of the {words.item} in the {words.whole}."
    fields = {
        "__annotations__": {"node": node, "cursor": str},
        "node": strawberry.field(description=f"The {words.item} at this position."),
        "cursor": strawberry.field(description=position),
    }
    made = type(f"{name}Edge", (), fields)
    return strawberry.type(made, description=words.edge, directives=[rule])
