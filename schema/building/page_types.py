"""The types of the pages of lists and of groups: connections and their edges (Relay)."""

from collections.abc import Mapping
from typing import NamedTuple

import strawberry

from resolvers import connections
from resolvers.data import PagePart
from schema.building.annotations import Type, several
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
    node: Type,
    rule: object,
    words: Wording,
    more: Mapping[str, object],
) -> type:
    """Return the connection type of ``node``, whose own fields are ``more``, with its edge type.

    ``rule`` is the access rule of both.
    """
    edge = _edge_type(name, node, rule, words)
    position = f"The position of the page in the {words.whole}."
    fields = {
        "edges": batch_field(
            connections.edges,
            several(edge),
            f"The {words.item}s with their cursors.",
            data=PagePart.EDGES,
        ),
        "nodes": batch_field(
            connections.nodes, several(node), f"The {words.item}s of the page.", data=PagePart.NODES
        ),
        "page_info": batch_field(
            connections.page_info(PageInfo), PageInfo, position, data=PagePart.INFO
        ),
        **more,
    }
    return strawberry.type(
        type(f"{name}Connection", (), fields),
        description=words.page,
        directives=[rule],
    )


def _edge_type(name: str, node: Type, rule: object, words: Wording) -> type:
    position = f"The position of the {words.item} in the {words.whole}."
    fields = {
        "__annotations__": {"node": node, "cursor": str},
        "node": strawberry.field(description=f"The {words.item} at this position."),
        "cursor": strawberry.field(description=position),
    }
    made = type(f"{name}Edge", (), fields)
    return strawberry.type(made, description=words.edge, directives=[rule])
