"""The source of records: the system that supplied them and their identifier there.

That of a record which stands for a person identifies the person, so it is withheld from callers
who may not identify people.
"""

from collections.abc import Callable

from erikti.auth.scopes import Scope
from models.base import Sourced
from resolvers.context import Context, Info
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.keys import PersonOfSource
from resolvers.dataloaders.listings import NOTHING
from resolvers.global_ids import NODES, key_text
from resolvers.personal_ledger import Reason
from resolvers.personal_policy import note
from resolvers.relations import BatchResolver, loaded


def sources(name: str, make: Callable[..., object]) -> BatchResolver:
    """Return a resolver of the sources of records of a type, made by their GraphQL type."""
    model = NODES[name].model

    async def resolve(parents: list[Sourced], info: Info) -> list[object]:
        known = [True] * len(parents)
        if model in STANDS_FOR:
            known = await _known(info.context, name, parents)
        return [
            make(system=parent.source_system, identifier=parent.source_id if given else None)
            for parent, given in zip(parents, known, strict=True)
        ]

    return resolve


async def _known(context: Context, name: str, parents: list[Sourced]) -> list[bool]:
    """Return which identifiers the caller may know; record whom they identify."""
    model, policy = NODES[name].model, context.loaders.scope.policy
    coordinate = f"{name}.source"
    mine = policy.principal.source_system
    if mine is None and policy.sources(model) == NOTHING:
        withhold_sources(context, coordinate, len(parents))
        return [False] * len(parents)
    persons_of = context.loaders.of(PersonOfSource(model))
    found = await loaded(persons_of.load_many([p.id for p in parents]))
    persons = {key_text(one[0]) for one in found if one is not None and one[0] is not None}
    note(context, coordinate, persons)
    withhold_sources(context, coordinate, found.count(None))
    return [one is not None for one in found]


def withhold_sources(context: Context, coordinate: str, count: int) -> None:
    """Record how many identifiers were withheld."""
    if count:
        context.ledger.withheld[coordinate, _reason(context)] += count


def _reason(context: Context) -> Reason:
    policy = context.loaders.scope.policy
    if not policy.granted(Scope.PEOPLE_READ):
        return Reason.NO_SCOPE
    if not policy.reads_personal_data:
        return Reason.NO_PURPOSE
    return Reason.NO_CONSENT if policy.principal.foreign else Reason.NOT_RESPONSIBLE
