"""Hostile documents take little time and memory, and get an error with a code."""

import gc
import tracemalloc
from collections.abc import Iterator
from cProfile import Profile

import pytest
from strawberry.schema.exceptions import CannotGetOperationTypeError

from models.people import Language
from resolvers.context import Context
from schema import schema
from schema.engine.parsed_documents import Documents
from tests.support.hostile import HOSTILE, Hostile
from tests.support.queries import KEY, engine
from tests.support.queries import REGISTRAR as EVERYTHING

CALLS = 600_000  # of functions: unlike seconds the same on every machine
BYTES = 20 * 2**20
CODES = {"LIMIT_EXCEEDED", "BAD_USER_INPUT"}


@pytest.fixture(autouse=True, scope="module")
def _settled() -> Iterator[None]:
    """Exclude the schema from garbage collection, as the server does."""
    Documents(schema._schema).find("{ __typename }")
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def test_there_are_enough_of_them_by_name() -> None:
    assert len({document.name for document in HOSTILE}) == len(HOSTILE) >= 60


@pytest.mark.usefixtures("nation", "one_way")
async def test_hostile_documents_cost_little_and_are_answered() -> None:
    for hostile in HOSTILE:
        with Profile() as profile:
            codes = await _codes(hostile)
        calls = sum(entry.callcount for entry in profile.getstats())
        assert calls < CALLS, (hostile.name, calls)
        assert codes <= CODES, (hostile.name, codes)
        assert codes or hostile.served or hostile.name in GENTLE, hostile.name


# Within all limits too, but for the sake of one that could have been missed.
GENTLE = {"spreads of one fragment", "introspection of two levels"}


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_reading_a_hostile_document_takes_little_memory(hostile: Hostile) -> None:
    documents = Documents(schema._schema)
    tracemalloc.start()
    try:
        document = documents.find(hostile.text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < BYTES
    assert hostile.served <= (not document.errors)


async def _codes(hostile: Hostile) -> set[str]:
    try:
        result = await engine().execute(
            hostile.text,
            hostile.variables,
            Context(Language.EN, KEY, EVERYTHING, purpose="REGISTRATION"),
            operation_name=None,
        )
    except CannotGetOperationTypeError:
        return {"BAD_USER_INPUT"}  # which the endpoint answers with 400
    return {str((error.extensions or {}).get("code")) for error in result.errors or ()}
