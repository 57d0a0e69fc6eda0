"""Hostile texts as keys, arguments, IDs and cursors give the same both ways."""

from typing import Any

import pytest
from strawberry.relay import to_base64

from schema.engine.written.late import FIRST, LAST, Late
from schema.engine.written.pieces import NotWrittenError
from tests.schema.written.hostile import TEXTS
from tests.support.queries import REGISTRAR, ask, execute

SURROGATES = ("\ud800", "\udc00\ud800", "a\udfff", "\ud83d")
GIVEN = (*TEXTS, "\0", "a\0b", *SURROGATES, "x" * 301, "\x010a", "\x01zz")
CODE, LONGEST = "KZ-75", 6


def id_of(text: str) -> str:
    """Return the ID of the region with a code, as far as it has one."""
    return text if set(text) & set("".join(SURROGATES)) else to_base64("Region", text)


# A query, and the variable that the text becomes.
ARGUMENTS: dict[str, Any] = {
    "query ($t: String) { organisations(filter: { name: { contains: $t } }) "
    "{ totalCount nodes { name } } }": lambda t: t,
    "query ($t: [String!]) { organisations(filter: { bin: { in: $t } }) { nodes { id } } }": (
        lambda t: [t]
    ),
    "query ($t: String) { organisations(filter: { bin: { eq: $t } }) { nodes { id } } }": (
        lambda t: t
    ),
    "query ($t: OrganisationFilter) { organisations(filter: $t) { nodes { id } } }": (
        lambda t: {"or": [{"bin": {"ne": t}}, {"region": {"code": {"eq": t}}}]}
    ),
    "query ($t: String!) { organisation(by: { bin: $t }) { name } }": lambda t: t,
    "query ($t: String!) { region(by: { code: $t }) { name } }": lambda t: t,
    "query ($t: ID!) { node(id: $t) { id } region(by: { id: $t }) { code } }": id_of,
    "query ($t: [ID!]!) { nodes(ids: $t) { id } }": lambda t: [t, id_of(t)],
    "query ($t: String) { organisations(after: $t) { nodes { id } } }": lambda t: t,
    "query ($t: String) { organisations(last: 1, before: $t) { nodes { id } } }": lambda t: t,
    "query ($t: [_Any!]!) { _entities(representations: $t) "
    "{ ... on Region { code } ... on Organisation { id } } }": lambda t: [
        {"__typename": "Region", "code": t},
        {"__typename": "Organisation", "bin": t},
    ],
}


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("query", ARGUMENTS)
async def test_hostile_arguments_give_the_same(query: str) -> None:
    """The second time over a statement that is known."""
    good = ARGUMENTS[query]("KZ-75")
    for text in GIVEN:
        for given in (ARGUMENTS[query](text), good):
            result = await execute(query, caller=REGISTRAR, t=given)
            codes = {(error.extensions or {})["code"] for error in result.errors or ()}
            assert codes <= {"BAD_USER_INPUT"}, ascii(text)


@pytest.mark.usefixtures("open_nation")
async def test_a_text_with_private_characters_is_no_late_part() -> None:
    """They stand for what a request binds late, in compiled statements."""
    query = "query ($t: String!) { organisations(filter: { name: { eq: $t } }) { totalCount } }"
    for text in (chr(FIRST), chr(FIRST + 1), chr(LAST)):
        assert (await ask(query, t=text))["organisations"] == {"totalCount": 0}
        literal = f'{{ organisations(filter: {{ name: {{ eq: "{text}" }} }}) {{ totalCount }} }}'
        assert (await ask(literal))["organisations"] == {"totalCount": 0}


def test_late_parts_are_as_many_as_their_characters() -> None:
    late = Late()
    tokens = "".join(late.add(lambda _: "x") for _ in range(FIRST, LAST + 1))
    assert len(set(tokens)) == len(late.split(tokens)) // 2
    with pytest.raises(NotWrittenError):
        late.add(lambda _: "x")
