"""Errors: masked at the error boundary, with documented codes and without sensitive values."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from erikti import errors
from erikti.database.connection import connection, dialect
from erikti.endpoint.http.error_boundary import ErrorBoundary
from erikti.errors import STATUSES, ApiError
from erikti.masking import formatted
from erikti.serving.server import overheard
from erikti.settings import Settings
from models.changes import release
from server import create_app
from tests.access.sending import COUNTED, DATED, absent, codes, posted
from tests.support.application import served
from tests.support.databases import KEYS
from tests.support.queries import REGISTRAR, execute
from tests.support.tree import ROOT

STORED, BROKEN = "canary.stored@example.net", "900101300027"
GOAL = f"INSERT INTO sustainable_development_goals (number, name_kk) VALUES ({BROKEN}, 'x')"
GOALS = "ALTER TABLE sustainable_development_goals"
UNFIT = {
    "sqlite": ["PRAGMA ignore_check_constraints = ON", GOAL],
    "postgres": [
        f"{GOALS} DROP CONSTRAINT ck_sustainable_development_goals_number",
        f"{GOALS} ALTER number TYPE bigint",
        GOAL,
    ],
}


@pytest.mark.parametrize("begun", [False, True])
async def test_exceptions_are_masked_at_the_error_boundary(
    caplog: pytest.LogCaptureFixture, begun: bool
) -> None:
    """Exceptions of a route, before and after the response starts, do not leave the boundary."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ValueError(BROKEN) from KeyError(STORED)

    async def route(request: Request) -> StreamingResponse:
        if request.query_params["begun"] == "False":
            raise ExceptionGroup(BROKEN, [ValueError(STORED)])
        return StreamingResponse(parts())

    app = Starlette(routes=[Route("/", route)], middleware=[Middleware(ErrorBoundary)])
    if begun:
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.Event().wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        head = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await app({**head, "query_string": b"begun=True"}, receive, send)
        assert [m.get("body") for m in sent] == [None, b"begun"]
        answer = repr(sent)
    else:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://erikti") as client:
            response = await client.get("/", params={"begun": "False"})
        (error,) = response.json()["errors"]
        assert (response.status_code, codes(response)) == (500, {"INTERNAL"})
        assert error["extensions"]["correlationId"] in caplog.text
        assert response.headers["cache-control"] == "no-store"
        answer = response.text
    assert "ValueError" in caplog.text
    assert "test_masking.py" in caplog.text
    absent(caplog.text + answer, STORED, BROKEN)


def test_a_failed_start_is_logged_without_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    """The server's log does not contain the exception's text, such as a URL with a password."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        raise RuntimeError(f"postgres://erikti:{BROKEN}@127.0.0.1")
        yield

    app = Starlette(lifespan=lifespan, middleware=[Middleware(ErrorBoundary)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    with pytest.raises(SystemExit):
        server.run()
    assert "RuntimeError" in caplog.text
    assert "Application startup failed" in caplog.text
    absent(caplog.text, BROKEN)


async def test_unawaited_exceptions_are_logged_without_their_text(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(overheard)

    def fail() -> None:
        raise ValueError(BROKEN)

    loop.call_soon(fail)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert "outside of a request: builtins.ValueError" in caplog.text
    absent(caplog.text, BROKEN)


def test_a_code_that_is_not_documented_does_not_leave(caplog: pytest.LogCaptureFixture) -> None:
    unknown = GraphQLError(BROKEN, extensions={"code": "SOMETHING", "value": BROKEN})
    plain = GraphQLError(BROKEN)
    for shown in formatted([unknown, plain]):
        assert shown["extensions"].keys() == {"code", "correlationId"}
        assert (shown["message"], shown["extensions"]["code"]) == ("internal error", "INTERNAL")
    absent(caplog.text, BROKEN)


def test_the_page_on_the_api_lists_every_code() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE)) == STATUSES.keys()


def test_every_error_class_is_in_the_tree_of_its_module() -> None:
    """The drawn tree names each class with the code and the status that it has."""
    drawn = re.findall(r"[─] (\w+Error) +([A-Z_]+) +(\d{3})", errors.__doc__ or "")
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    own = [kind for kind in kinds if issubclass(kind, ApiError) and kind is not ApiError]
    assert sorted(drawn) == sorted((k.__name__, k.code, str(k.status)) for k in own)


def test_no_other_room_has_errors_that_a_client_may_see() -> None:
    own = [kind for kind in kinds_of(ApiError) if kind.__module__ != errors.__name__]
    assert {kind.code for kind in own} <= STATUSES.keys()
    assert [kind.__name__ for kind in own] == ["BudgetError"]


def kinds_of(kind: type[ApiError]) -> Iterator[type[ApiError]]:
    """All subclasses."""
    for one in kind.__subclasses__():
        yield one
        yield from kinds_of(one)


@pytest.mark.usefixtures("executed")
async def test_a_value_that_does_not_fit_its_type_is_not_shown(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    """graphql-core includes such a value in its error message."""
    await release()  # triggers name the column
    for statement in UNFIT[dialect().name]:
        await connection().execute_query(statement)
    (error,) = (await execute("{ sustainableDevelopmentGoals { number } }")).errors
    assert database
    assert error.formatted["message"] == "internal error"
    assert error.formatted["extensions"]["code"] == "INTERNAL"
    absent(caplog.text, BROKEN)


async def test_long_values_are_truncated_in_errors(populated: str, tmp_path: Path) -> None:
    async with served(populated, tmp_path) as client:
        for text in (DATED, COUNTED):
            given = posted(text, variables={"n": "long " * 1_000})
            (error,) = (await client.request(**given)).json()["errors"]
            assert error["extensions"]["code"] == "BAD_USER_INPUT"
            assert len(error["message"]) <= 300


@pytest.mark.usefixtures("nation")
@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("{ region { code } }", {}),
        ("{ regions { cod } }", {}),
        ("{ people(frist: 1) { totalCount } }", {}),
        ('{ node(id: "x") { ... on Persn { id } } }', {}),
        ("query ($n: Strin) { node(id: $n) { id } }", {}),
        ('{ people(filter: { displayNme: { eq: "x" } }) { totalCount } }', {}),
        ("{ regions { name(language: KKK) } }", {}),
        ("query ($l: EriktiLanguage) { regions { name(language: $l) } }", {"l": "KKK"}),
        (
            "query ($f: PersonFilter) { people(filter: $f) { totalCount } }",
            {"f": {"displayNme": {"eq": "x"}}},
        ),
        ("{ regions @skp(if: true) { code } }", {}),
        ("{ regions @skip(iff: true) { code } }", {}),
    ],
)
async def test_errors_contain_no_suggestions(text: str, variables: dict[str, Any]) -> None:
    errors = (await execute(text, caller=REGISTRAR, purpose="REGISTRATION", **variables)).errors
    for error in errors:
        assert error.extensions["code"] == "BAD_USER_INPUT"
        assert "mean" not in error.message


async def test_every_route_is_within_the_error_boundary(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A failing route of the served application fails only for its caller."""

    def fail(request: Request) -> None:
        raise ValueError(request.query_params["n"])

    url = f"sqlite://{tmp_path}/none.db"
    app = create_app(Settings("127.0.0.1", 0, tmp_path, url, "", keys=KEYS))
    app.router.routes.append(Route("/fails", fail))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://erikti") as client,
    ):
        response = await client.get("/fails", params={"n": STORED})
        assert (response.status_code, codes(response)) == (500, {"INTERNAL"})
        (error,) = response.json()["errors"]
        assert error["extensions"]["correlationId"] in caplog.text
        absent(caplog.text + response.text, STORED)
        assert (await client.get("/other/", params={"n": STORED})).status_code == 404
