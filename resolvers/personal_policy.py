"""Access to personal data: which values are returned and which are withheld.

Scopes are checked before an operation starts; the checks here depend on each person. Names, and
whose a record is, are returned if they are public or the caller may identify people.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial, wraps
from operator import attrgetter
from typing import Any

from erikti.auth.scopes import Scope
from models.people import Person, Purpose
from resolvers.context import Context, Info
from resolvers.dataloaders.listings import ANY, NOTHING
from resolvers.global_ids import key_text
from resolvers.personal_ledger import Reason
from resolvers.relations import BatchResolver, Found, all_loaded, loaded

PURPOSES = frozenset(Purpose)


def personal(inner: BatchResolver, person: str = "id") -> BatchResolver:
    """Return a resolver that withholds values of ``inner`` about people it may not disclose.

    ``person`` is the parents' column with the person's ID.
    """
    key = attrgetter(person)

    @wraps(inner)
    def resolve(parents: list[Any], info: Info, **given: Any) -> Found:
        context = info.context
        keys = [key(parent) for parent in parents]
        if Scope.PEOPLE_READ not in context.principal.scopes:
            return [None] * len(parents)
        checks = _checks(context)
        if not checks:
            context.ledger.persons.update(map(key_text, keys))
            found: Found = inner(parents, info, **given)
            return found
        return _permitted(checks, partial(inner, **given), parents, keys, info)

    return resolve


Check = tuple[Reason, Callable[[list[Any]], list[bool] | Awaitable[list[bool]]]]


def _checks(context: Context) -> list[Check]:
    """Return the checks that each person must pass before their data may be returned."""
    people, policy = context.loaders.people, context.loaders.scope.policy
    country, purpose = context.principal.country, context.purpose
    checks: list[Check] = []
    if policy.own(Person) != ANY:
        checks.append((Reason.NOT_RESPONSIBLE, people.responsible_by_person.load_many))
    if context.principal.foreign and country is not None:
        if purpose in PURPOSES:
            consented = people.consented.to(Purpose(purpose), country, policy.today)
            checks.append((Reason.NO_CONSENT, consented.load_many))
        else:
            # A consent names a purpose, so a case number has none.
            checks.append((Reason.NO_CONSENT, lambda keys: [False] * len(keys)))
    return checks


async def _permitted(
    checks: list[Check],
    inner: BatchResolver,
    parents: list[Any],
    keys: list[Any],
    info: Info,
) -> list[Any]:
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
    values: list[Any] = [None] * len(parents)
    if given:
        found = await loaded(inner([parents[i] for i in given], info))
        for index, value in zip(given, found, strict=True):
            values[index] = value
    return values


def display_names(parents: list[Any], info: Info) -> Found:
    """Return the public forms of names, or None for those withheld."""
    context, names = info.context, [person.display_name for person in parents]
    policy = context.loaders.scope.policy
    if policy.own(Person) == NOTHING:
        return names  # the caller sees only people in a public role
    if policy.may_identify:
        me = context.principal.person
        _note(info, (p.id for p in parents if me is None or key_text(p.id) == me))
        return names
    return _public_names(parents, names, info)


async def _public_names(parents: list[Any], names: list[str], info: Info) -> list[Any]:
    keys = [person.id for person in parents]
    is_public = await loaded(info.context.loaders.people.in_public_role.load_many(keys))
    _note(info, (key for key, public in zip(keys, is_public, strict=True) if public))
    _withhold(info, is_public.count(False))
    return [name if public else None for name, public in zip(names, is_public, strict=True)]


def recorded(inner: BatchResolver, person: str = "id") -> BatchResolver:
    """Return a resolver that records the people whom its values identify.

    ``person`` is the parents' column with the person's ID.
    """
    key = attrgetter(person)

    @wraps(inner)
    def resolve(parents: list[Any], info: Info, **given: Any) -> Any:
        _note(info, map(key, parents))
        return inner(parents, info, **given)

    return resolve


async def delegates(parents: list[Any], info: Info) -> list[Any]:
    """Return the delegates' people, or None for those withheld."""
    loader = info.context.loaders.people.person_by_delegate
    found = await loaded(loader.load_many([parent.person_id for parent in parents]))
    _note(info, (person.id for person in found if person is not None))
    _withhold(info, found.count(None))
    return found


def party(
    person: str, organisation: str, public: Callable[[Any], bool] = lambda _: False
) -> BatchResolver:
    """Return a resolver of the person or the organisation that one of two columns refers to.

    ``public`` returns whether it is public whose a record is.
    """
    one, other = attrgetter(person), attrgetter(organisation)

    async def resolve(parents: list[Any], info: Info) -> list[Any]:
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
        humans = loaders.people.person_by_id.load_many(keys)
        others = loaders.volunteers.organisation_by_id.load_many(bodies)
        found = zip(*await all_loaded([humans, others]), strict=True)
        return [human if human is not None else body for human, body in found]

    return resolve


def _note(info: Info, keys: Iterable[Any]) -> None:
    """Record the people who are identified to a caller that reads personal data."""
    ledger = info.context.ledger
    if info.context.loaders.scope.policy.reads_personal_data and (
        persons := set(map(key_text, keys))
    ):
        ledger.persons |= persons
        ledger.identifying.add(_coordinate(info))


def _withhold(info: Info, count: int) -> None:
    """Record how many identities were withheld."""
    policy = info.context.loaders.scope.policy
    if not count or policy.may_identify:
        return
    reason = Reason.NO_CONSENT if policy.reads_personal_data else Reason.NO_PURPOSE
    if not policy.granted(Scope.PEOPLE_READ):
        reason = Reason.NO_SCOPE
    info.context.ledger.withheld[_coordinate(info), reason] += count


def _coordinate(info: Info) -> str:
    raw: Any = getattr(info, "_raw_info", info)  # batch resolvers get graphql-core's own info
    return f"{raw.parent_type.name}.{raw.field_name}"
