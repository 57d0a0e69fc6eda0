"""FORBIDDEN errors list exactly the missing scopes and purposes, by field and in their text."""

import pytest
import strawberry
from strawberry.federation.schema_directives import Cost

from erikti.auth.scopes import Scope
from erikti.errors import ForbiddenError
from schema import schema
from schema.building.permissions import (
    CIS_FORUM_READ,
    PEOPLE_READ,
    PEOPLE_READ_IIN,
    PUBLIC,
    VOLUNTEERS_READ,
    Needed,
    Permissions,
    UndeclaredAccessError,
    declare_at_fields,
    permit,
)
from tests.access.callers import caller
from tests.support.queries import execute

VOLUNTEERS, PEOPLE, IIN = Scope.VOLUNTEERS_READ, Scope.PEOPLE_READ, Scope.PEOPLE_READ_IIN
EMAIL, NUMBER = ("Person.email", {PEOPLE}), ("Person.iin", {PEOPLE, IIN})
STATUS = ("Volunteer.status", {VOLUNTEERS})
PERSON = ("Volunteer.person", {VOLUNTEERS, PEOPLE})
LIST, NODES = ("Query.volunteers", {VOLUNTEERS}), ("VolunteerConnection.nodes", {VOLUNTEERS})
TEXT = """{ regions { code } volunteers { nodes { status person { email iin } } } }"""


@pytest.mark.parametrize(
    ("scopes", "refused"),
    [
        ((), [EMAIL, NUMBER, LIST, PERSON, STATUS, NODES]),
        ((VOLUNTEERS,), [EMAIL, NUMBER, ("Volunteer.person", {PEOPLE})]),
        ((VOLUNTEERS, IIN), [EMAIL, ("Person.iin", {PEOPLE}), ("Volunteer.person", {PEOPLE})]),
        ((VOLUNTEERS, PEOPLE), [("Person.iin", {IIN})]),
        (
            (PEOPLE,),
            [("Person.iin", {IIN}), LIST, ("Volunteer.person", {VOLUNTEERS}), STATUS, NODES],
        ),
        ((PEOPLE, IIN), [LIST, ("Volunteer.person", {VOLUNTEERS}), STATUS, NODES]),
    ],
)
async def test_an_error_lists_fields_with_their_missing_scopes(
    scopes: tuple[Scope, ...], refused: list[tuple[str, set[Scope]]]
) -> None:
    result = await execute(TEXT, caller=caller(*scopes), purpose="REGISTRATION")
    assert result.data is None
    (error,) = result.errors
    wanted = [{"coordinate": c, "missingScopes": sorted(s)} for c, s in refused]
    assert error.extensions["refused"] == wanted
    named = {scope.value for scope in Scope if f"{scope.value}" in _words(error.message)}
    assert named == {s.value for _, missing in refused for s in missing}


def _words(text: str) -> list[str]:
    return text.replace(",", "").split()


FIELDS = ["A.a", "B.b", "C.c", "D.d", "E.e"]


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (1, "A.a cannot"),
        (2, "A.a, B.b cannot"),
        (3, "A.a, B.b, C.c cannot"),
        (4, "A.a, B.b, C.c and 1 more cannot"),
        (5, "A.a, B.b, C.c and 2 more cannot"),
    ],
)
def test_the_text_of_a_refusal_names_few_fields_and_how_many_more(count: int, named: str) -> None:
    of_people = Needed({name: frozenset({PEOPLE}) for name in FIELDS[:count]})
    for who, purpose in ((caller(VOLUNTEERS), "REGISTRATION"), (caller(PEOPLE), None)):
        with pytest.raises(ForbiddenError) as refused:
            permit(who, purpose, of_people)
        assert str(refused.value).startswith(named)


NEEDED = Needed(
    {
        "Person.email": frozenset({PEOPLE}),
        "Person.iin": frozenset({PEOPLE, IIN}),
        "Volunteer.status": frozenset({VOLUNTEERS}),
    }
)
OF_FIGURES = Needed({"Volunteer.status": frozenset({VOLUNTEERS})})
EVERYTHING = (VOLUNTEERS, PEOPLE, IIN)


def test_an_error_for_a_missing_purpose_lists_only_the_personal_fields() -> None:
    with pytest.raises(ForbiddenError, match="X-Purpose") as refused:
        permit(caller(*EVERYTHING), None, NEEDED)
    assert (refused.value.extensions or {})["refused"] == [
        {"coordinate": "Person.email"},
        {"coordinate": "Person.iin"},
    ]


def test_a_purpose_is_required_only_for_personal_fields_of_others() -> None:
    permit(caller(*EVERYTHING), "REGISTRATION", NEEDED)
    permit(caller(*EVERYTHING, person="p"), None, NEEDED)
    permit(caller(VOLUNTEERS), None, OF_FIGURES)
    permit(caller(), None, Needed({}))
    with pytest.raises(ForbiddenError):
        permit(caller(PEOPLE, person="p"), "REGISTRATION", OF_FIGURES)


@strawberry.interface
class Named:
    """An interface of types with and without a rule."""

    name: str = strawberry.field(directives=[PUBLIC])


@strawberry.type(directives=[VOLUNTEERS_READ, Cost(weight=7)])
class Bounded(Named):
    """A type whose rule applies to its fields without one."""

    own: int
    open: int = strawberry.field(directives=[PUBLIC])
    number: int = strawberry.field(directives=[PEOPLE_READ_IIN])


@strawberry.type(directives=[CIS_FORUM_READ])
class Alone:
    """A type without an interface."""

    own: int
    bounded: Bounded = strawberry.field(directives=[Cost(weight=3), PEOPLE_READ])


@strawberry.type(directives=[PUBLIC])
class Query:
    """The root."""

    named: Named
    bounded: Bounded
    alone: Alone


RULES = {
    "Query.named": set[Scope](),
    "Query.bounded": {VOLUNTEERS},
    "Query.alone": {Scope.CIS_FORUM_READ},
    "Bounded.name": set[Scope](),
    "Bounded.own": {VOLUNTEERS},
    "Bounded.open": set[Scope](),
    "Bounded.number": {PEOPLE, IIN},
    "Alone.own": {Scope.CIS_FORUM_READ},
    "Alone.bounded": {PEOPLE, VOLUNTEERS},
    "Query.__typename": set[Scope](),
    "Named.name": set[Scope](),
    "Nothing.name": set[Scope](),
    "__Type.name": set[Scope](),
}


def test_rules_are_those_of_the_field_or_its_parent_and_of_its_type() -> None:
    graph = strawberry.federation.Schema(Query, types=[Bounded])._schema
    requested: dict[str, list[str]] = {}
    for coordinate in RULES:
        type_, _, field = coordinate.partition(".")
        requested.setdefault(type_, []).append(field)
    wanted = {coordinate: scopes for coordinate, scopes in RULES.items() if scopes}
    before = Permissions(graph)
    assert dict(before.needed(requested).by_coordinate) == wanted
    assert before.needed(requested).scopes == {*EVERYTHING, Scope.CIS_FORUM_READ}
    assert list(before.needed(requested).personal) == ["Alone.bounded", "Bounded.number"]
    for coordinate, scopes in RULES.items():
        assert before.scopes(*coordinate.split(".")) == scopes
    declare_at_fields(graph)
    assert dict(Permissions(graph).needed(requested).by_coordinate) == wanted
    of_type = graph.get_type("Bounded")
    assert of_type is not None
    assert of_type.extensions["strawberry-definition"].directives == [Cost(weight=7)]


@strawberry.type
class Undeclared:
    """A type with a field without a rule."""

    open: int = strawberry.field(directives=[PUBLIC])
    hidden: int


def test_the_fields_without_a_rule_are_named_and_no_others() -> None:
    with pytest.raises(UndeclaredAccessError) as refused:
        Permissions(strawberry.Schema(Undeclared)._schema)
    assert "Undeclared.hidden" in str(refused.value)
    assert "open" not in str(refused.value)
    assert schema.permissions.scopes("Person", "iin") == {PEOPLE, IIN}
