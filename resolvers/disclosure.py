"""Personal data: to whom it is given, and what is kept back from an answer.

Scopes are checked before an operation begins; what remains depends on each person.
"""

from collections.abc import Awaitable, Callable
from operator import attrgetter
from typing import Any

from auth.scopes import Scope
from models.people import Person, Purpose
from resolvers.context import Context, Info
from resolvers.dataloaders.listings import ANY
from resolvers.disclosed import Reason
from resolvers.nodes import key_text
from resolvers.relations import BatchResolver, Found, loaded

PURPOSES = frozenset(Purpose)


def personal(inner: BatchResolver, person: str = "id") -> BatchResolver:
    """A resolver that gives what ``inner`` finds only about people whose data may be given.

    ``person`` is the parents' column with the person's key.
    """
    key = attrgetter(person)

    def resolve(parents: list[Any], info: Info) -> Found:
        context = info.context
        keys = [key(parent) for parent in parents]
        if Scope.PEOPLE_READ not in context.principal.scopes:
            return [None] * len(parents)
        checks = _checks(context)
        if not checks:
            context.disclosure.persons.update(map(key_text, keys))
            found: Found = inner(parents, info)
            return found
        return _permitted(checks, inner, parents, keys, info)

    return resolve


Check = tuple[Reason, Callable[[list[Any]], list[bool] | Awaitable[list[bool]]]]


def _checks(context: Context) -> list[Check]:
    """What must be asked about each person before their data may be given."""
    people, sight = context.loaders.people, context.loaders.asked.sight
    country, purpose = context.principal.country, context.purpose
    checks: list[Check] = []
    if sight.own(Person) != ANY:
        checks.append((Reason.NOT_RESPONSIBLE, people.responsible_by_person.load_many))
    if context.principal.foreign and country is not None:
        if purpose in PURPOSES:
            consented = people.consented.to(Purpose(purpose), country, sight.today)
            checks.append((Reason.NO_CONSENT, consented.load_many))
        else:
            # Nobody consents to a case number.
            checks.append((Reason.NO_CONSENT, lambda keys: [False] * len(keys)))
    return checks


async def _permitted(
    checks: list[Check],
    inner: BatchResolver,
    parents: list[Any],
    keys: list[Any],
    info: Info,
) -> list[Any]:
    disclosure = info.context.disclosure
    reasons: list[Reason | None] = [None] * len(parents)
    for reason, ask in checks:
        for index, passed in enumerate(await loaded(ask(keys))):
            if not passed and reasons[index] is None:
                reasons[index] = reason
    raw: Any = getattr(info, "_raw_info", info)  # at a level it is the bare one
    coordinate = f"{raw.parent_type.name}.{raw.field_name}"
    disclosure.withheld.update((coordinate, reason) for reason in reasons if reason)
    given = [i for i, reason in enumerate(reasons) if reason is None]
    disclosure.persons.update(key_text(keys[i]) for i in given)
    values: list[Any] = [None] * len(parents)
    if given:
        found = await loaded(inner([parents[i] for i in given], info))
        for index, value in zip(given, found, strict=True):
            values[index] = value
    return values
