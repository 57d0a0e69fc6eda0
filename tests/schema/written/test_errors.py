"""Errors of the database end the fields that it was writing; nothing is asked a second time."""

from unittest.mock import patch

import pytest

from models.people import Language
from resolvers.context import Context
from tests.support.queries import KEY, REGISTRAR, engine, statements

ERRORS = [TimeoutError(), ConnectionResetError(), ArithmeticError()]
WHOLE = [
    "{ volunteers(first: 1) { nodes { id } } }",
    "{ regions { code } }",
    '{ region(by: { code: "KZ-10" }) { code } }',
    '{ node(id: "UmVnaW9uOktaLTEw") { id } }',
    "{ a: volunteers(first: 1) { nodes { id } } regions { code } }",
]


@pytest.mark.usefixtures("open_nation")
@pytest.mark.parametrize("text", WHOLE)
@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_an_error_of_the_database_is_raised_once(text: str, error: Exception) -> None:
    context = Context(Language.EN, KEY, REGISTRAR)
    with (
        patch("schema.engine.written.answers.fetch_alone", side_effect=error),
        patch("schema.engine.written.answers.fetch", side_effect=error),
        statements() as made,
    ):
        result = await engine().execute(text, context_value=context)
    assert made == []
    assert result.errors
    expected = "UNAVAILABLE" if isinstance(error, OSError) else "INTERNAL"
    assert {(each.extensions or {})["code"] for each in result.errors} == {expected}
