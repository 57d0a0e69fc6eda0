"""The source of records: the system that supplied them and their identifier there.

That of a record which stands for a person identifies the person, so it is withheld from callers
who may not identify people.
"""

from collections.abc import Callable
from typing import Any

from erikti.auth.scopes import Scope
from resolvers.context import Context, Info
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.listings import NOTHING
from resolvers.global_ids import NODES, key_text
from resolvers.personal_ledger import Reason
from resolvers.relations import BatchResolver, loaded


def sources(name: str, make: Callable[..., Any]) -> BatchResolver:
    """Return a resolver of the sources of records of a type, made by their GraphQL type."""
    model = NODES[name].model

    async def resolve(parents: list[Any], info: Info) -> list[Any]:
        known = [True] * len(parents)
        if model in STANDS_FOR:
            known = await _known(info.context, name, parents)
        return [
            make(system=parent.source_system, identifier=parent.source_id if given else None)
            for parent, given in zip(parents, known, strict=True)
        ]

    return resolve


async def _known(context: Context, name: str, parents: list[Any]) -> list[bool]:
    """Return which identifiers the caller may know; record whom they identify."""
    model, policy, ledger = NODES[name].model, context.loaders.scope.policy, context.ledger
    coordinate = f"{name}.source"
    mine = policy.principal.source_system
    if mine is None and policy.sources(model) == NOTHING:
        ledger.withheld[coordinate, _reason(context)] += len(parents)
        return [False] * len(parents)
    found = await loaded(context.loaders.keys.persons(model).load_many([p.id for p in parents]))
    persons = {key_text(one[0]) for one in found if one is not None and one[0] is not None}
    if policy.reads_personal_data and persons:
        ledger.persons |= persons
        ledger.identifying.add(coordinate)
    if withheld := found.count(None):
        ledger.withheld[coordinate, _reason(context)] += withheld
    return [one is not None for one in found]


def _reason(context: Context) -> Reason:
    policy = context.loaders.scope.policy
    if not policy.granted(Scope.PEOPLE_READ):
        return Reason.NO_SCOPE
    if not policy.reads_personal_data:
        return Reason.NO_PURPOSE
    return Reason.NO_CONSENT if policy.principal.foreign else Reason.NOT_RESPONSIBLE
