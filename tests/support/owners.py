"""To which kind of record the rows of each table belong."""

import re

from erikti.importers import KINDS
from models.rollups import ROLLUPS
from resolvers.global_ids import NODES

# The model whose name tags answers that are made of the table's rows.
OWNERS = {node.model._meta.db_table: name for name, node in NODES.items()}
OWNERS |= {link.table: kind.model.__name__ for kind in KINDS.values() for link in kind.links}
OWNERS |= {rollup.table: OWNERS[rollup.base] for rollup in ROLLUPS}
OWNERS |= dict.fromkeys(("person_sources", "field_sources"), "Person") | {"consents": "Consent"}


def read(made: list[str]) -> set[str]:
    """The models whose rows these statements read."""
    words = set(re.findall(r"\w+", " ".join(made)))
    return {owner for name, owner in OWNERS.items() if name in words}
