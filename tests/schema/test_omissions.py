"""Omitting a condition from a filter never widens it, however it is sent."""

import re

import pytest
from graphql import GraphQLInputObjectType

from schema import schema
from tests.schema.lists import ids
from tests.schema.omissions import check, documents
from tests.support.queries import AS_REGISTRAR, execute

DOCUMENTS = list(documents())
ID = re.compile("<([A-Za-z]+)>")


def test_every_input_is_tried() -> None:
    tried = {case.path for _, case in DOCUMENTS}
    inputs = [t for t in schema._schema.type_map.values() if isinstance(t, GraphQLInputObjectType)]
    assert len(tried) > len(inputs)


@pytest.mark.usefixtures("open_nation")
async def test_an_omission_in_a_condition_is_rejected_with_its_path() -> None:
    known: dict[str, str] = {}
    for text, case in DOCUMENTS:
        for name in set(ID.findall(text)) - set(known):
            (known[name],) = await ids(name, 1)
        requested = ID.sub(lambda found: known[found[1]], text)
        result = await execute(requested, **AS_REGISTRAR, **case.values)
        errors = [error.formatted for error in result.errors or ()]
        check(requested, case, {"data": result.data, "errors": errors})
