"""Access to personal data: which values are returned and which are withheld.

Scopes are checked before an operation starts; the checks here depend on each person. Names, and
whose a record is, are returned if they are public or the caller may identify people.
"""

from collections.abc import Callable, Iterable
from functools import partial, wraps
from operator import attrgetter
from typing import Any

from erikti.auth.scopes import Scope
from models.columns import model_of
from models.people import Person, Purpose
from resolvers.context import Context, Info
from resolvers.data import Disclosed, Either
from resolvers.dataloaders.found import OneBy
from resolvers.dataloaders.listings import ANY, NOTHING, Comparison
from resolvers.dataloaders.loading import V
from resolvers.dataloaders.people import (
    IN_PUBLIC_ROLE,
    PERSON,
    RESPONSIBLE,
    Consented,
)
from resolvers.global_ids import key_text
from resolvers.personal_ledger import Reason
from resolvers.relations import ListResolver, Loaded, all_loaded, loaded, resolver

PURPOSES = frozenset(Purpose)
PARTIES: tuple[OneBy, ...] = (PERSON, OneBy(model_of("volunteers.Organisation"), "id"))


def personal(
    inner: Callable[..., Loaded[V]], person: str = "id"
) -> Callable[..., Loaded[V] | Loaded[V | None]]:
    """Return a resolver that withholds values of ``inner`` about people it may not disclose.

    ``person`` is the parents' column with the person's ID.
    """
    key = attrgetter(person)

    @wraps(inner)
    def resolve(parents: list[object], info: Info, **given: object) -> Loaded[V] | Loaded[V | None]:
        context = info.context
        keys = [key(parent) for parent in parents]
        if Scope.PEOPLE_READ not in context.principal.scopes:
            withheld: list[V | None] = [None] * len(parents)
            return withheld
        checks = _checks(context)
        if not checks:
            context.ledger.persons.update(map(key_text, keys))
            return inner(parents, info, **given)
        return _permitted(checks, partial(inner, **given), parents, keys, info)

    return resolve


Check = tuple[Reason, Callable[[list[object]], Loaded[bool]]]


def _checks(context: Context) -> list[Check]:
    """Return the checks that each person must pass before their data may be returned."""
    loaders, policy = context.loaders, context.loaders.scope.policy
    country, purpose = context.principal.country, context.purpose
    checks: list[Check] = []
    if policy.own(Person) != ANY:
        checks.append((Reason.NOT_RESPONSIBLE, loaders.of(RESPONSIBLE).load_many))
    if context.principal.foreign and country is not None:
        if purpose in PURPOSES:
            consented = Consented(Purpose(purpose), country, policy.today)
            checks.append((Reason.NO_CONSENT, loaders.of(consented).load_many))
        else:
            # A consent names a purpose, so a case number has none.
            checks.append((Reason.NO_CONSENT, lambda keys: [False] * len(keys)))
    return checks


async def _permitted(
    checks: list[Check],
    inner: Callable[..., Loaded[V]],
    parents: list[object],
    keys: list[object],
    info: Info,
) -> list[V | None]:
    ledger = info.context.ledger
    reasons: list[Reason | None] = [None] * len(parents)
    for reason, check in checks:
        for index, passed in enumerate(await loaded(check(keys))):
            if not passed and reasons[index] is None:
                reasons[index] = reason
    coordinate = _coordinate(info)
    ledger.withheld.update((coordinate, reason) for reason in reasons if reason)
    given = [i for i, reason in enumerate(reasons) if reason is None]
    ledger.persons.update(key_text(keys[i]) for i in given)
    values: list[V | None] = [None] * len(parents)
    if given:
        found = await loaded(inner([parents[i] for i in given], info))
        for index, value in zip(given, found, strict=True):
            values[index] = value
    return values


def display_names(parents: list[Person], info: Info) -> Loaded[str | None]:
    """Return the public forms of names, or None for those withheld."""
    context = info.context
    names: list[str | None] = [person.display_name for person in parents]
    policy = context.loaders.scope.policy
    if policy.own(Person) == NOTHING:
        return names  # the caller sees only people in a public role
    if policy.may_identify:
        me = context.principal.person
        _note(info, (p.id for p in parents if me is None or key_text(p.id) == me))
        return names
    return _public_names(parents, names, info)


async def _public_names(
    parents: list[Person], names: list[str | None], info: Info
) -> list[str | None]:
    keys = [person.id for person in parents]
    is_public = await loaded(info.context.loaders.of(IN_PUBLIC_ROLE).load_many(keys))
    _note(info, (key for key, public in zip(keys, is_public, strict=True) if public))
    _withhold(info, is_public.count(False))
    return [name if public else None for name, public in zip(names, is_public, strict=True)]


def recorded(inner: Callable[..., Loaded[V]], person: str) -> Callable[..., Loaded[V]]:
    """Return a resolver that records the people whom its values identify.

    ``person`` is the parents' column with the person's ID.
    """
    key = attrgetter(person)

    @wraps(inner)
    def resolve(parents: list[object], info: Info, **given: object) -> Loaded[V]:
        _note(info, map(key, parents))
        return inner(parents, info, **given)

    return resolve


def disclosed(data: Disclosed) -> ListResolver:
    """Return a resolver of related people, None for those withheld."""
    inner, key = resolver(data.inner), attrgetter(data.inner.key)

    async def resolve(parents: list[object], info: Info) -> list[object]:
        found = await loaded(inner(parents, info))
        persons = zip(map(key, parents), found, strict=True)
        _note(info, (id_ for id_, person in persons if person is not None))
        _withhold(info, found.count(None))
        return found

    return resolve


def party(either: Either) -> ListResolver:
    """Return a resolver of the person or the organisation that one of two columns refers to."""
    one, other = attrgetter(either.person), attrgetter(either.organisation)

    def public(parent: object) -> bool:
        compared = either.public
        if isinstance(compared, Comparison):
            return bool(getattr(parent, compared.field) == compared.value)
        return compared != NOTHING

    async def resolve(parents: list[object], info: Info) -> list[object]:
        loaders = info.context.loaders
        keys = [one(parent) for parent in parents]
        is_public = [public(parent) for parent in parents]
        private = [key for key, open_ in zip(keys, is_public, strict=True) if key and not open_]
        if loaders.scope.policy.may_identify:
            _note(info, private)
        else:
            _withhold(info, len(private))
            keys = [key if open_ else None for key, open_ in zip(keys, is_public, strict=True)]
        bodies = [other(parent) for parent in parents]
        both = [
            loaders.of(records).load_many(those)
            for records, those in zip(PARTIES, (keys, bodies), strict=True)
        ]
        found = zip(*await all_loaded(both), strict=True)
        return [human if human is not None else body for human, body in found]

    return resolve


def note(context: Context, coordinate: str, persons: set[str]) -> None:
    """Record the people who are identified to a caller that reads personal data."""
    if persons and context.loaders.scope.policy.reads_personal_data:
        context.ledger.persons |= persons
        context.ledger.identifying.add(coordinate)


def withhold(context: Context, coordinate: str, count: int) -> None:
    """Record how many identities were withheld."""
    policy = context.loaders.scope.policy
    if not count or policy.may_identify:
        return
    reason = Reason.NO_CONSENT if policy.reads_personal_data else Reason.NO_PURPOSE
    if not policy.granted(Scope.PEOPLE_READ):
        reason = Reason.NO_SCOPE
    context.ledger.withheld[coordinate, reason] += count


def _note(info: Info, keys: Iterable[object]) -> None:
    if info.context.loaders.scope.policy.reads_personal_data:
        note(info.context, _coordinate(info), set(map(key_text, keys)))


def _withhold(info: Info, count: int) -> None:
    withhold(info.context, _coordinate(info), count)


def _coordinate(info: Info) -> str:
    raw: Any = getattr(info, "_raw_info", info)  # batch resolvers get graphql-core's own info
    return f"{raw.parent_type.name}.{raw.field_name}"
