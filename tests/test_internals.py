"""The internals of libraries that docs/internals.md lists are as the product relies on them."""

import asyncio
import contextvars
import inspect
import re
import sqlite3
from copy import copy
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import aiosqlite
import asyncpg
import pytest
import strawberry
import uvicorn
from aiocache import SimpleMemoryCache
from graphql import GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import ConnectionWrapper
from tortoise.backends.sqlite.client import (
    SqliteClient,
    SqliteTransactionContext,
    SqliteTransactionWrapper,
)
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext, _current_context
from tortoise.migrations.constraints import CheckConstraint
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from erikti.database import current
from erikti.database.connection import Database, connection, dialect
from erikti.database.fields import Text, Uuid
from erikti.database.migration_executor import Executor, Recorder
from models.migrate import migrate
from models.people import Person
from tests.support.tree import ROOT

DEFINITION = "strawberry-definition"


@strawberry.enum
class Colour(Enum):
    """An enum."""

    RED = "red"


@strawberry.input
class Wanted:
    """An input."""

    at_most: int = 1


@strawberry.type
class Thing:
    """A type with an attribute."""

    full_name: str = "name"


def thing(info: strawberry.Info, wanted: Wanted) -> Thing:
    """Resolve a field, and note what information is given."""
    info.context.append(info)
    return Thing()


@strawberry.type
class Query:
    """A root."""

    thing = strawberry.field(resolver=thing, metadata={"reads": "columns"})


class Hooked(strawberry.Schema):
    """A schema that notes which hooks it calls."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.called: list[str] = []
        super().__init__(*arguments, **options)

    def _extend_introspection(self) -> None:
        self.called.append("introspection")

    def process_errors(self, errors: Any, execution_context: Any = None) -> None:
        """Note the call."""
        self.called.append("errors")


def graph() -> GraphQLSchema:
    return strawberry.Schema(Query)._schema


def test_a_schema_holds_graphql_cores_with_its_definitions() -> None:
    made = graph()
    assert isinstance(made, GraphQLSchema)
    assert made.query_type is not None
    field = made.query_type.fields["thing"]
    definition = field.extensions[DEFINITION]
    assert definition.python_name == "thing"
    assert definition.metadata == {"reads": "columns"}
    assert definition.base_resolver.wrapped_func.__name__ == "thing"
    assert (definition.extensions, definition.directives) == ([], [])
    assert field.args["wanted"].extensions[DEFINITION].python_name == "wanted"
    thing = cast(GraphQLObjectType, made.type_map["Thing"])
    plain = thing.fields["fullName"]
    assert plain.extensions[DEFINITION].python_name == "full_name"
    assert plain.extensions[DEFINITION].is_basic_field
    assert plain.extensions[DEFINITION].default_resolver is getattr
    assert cast(Any, plain.resolve)._is_default
    assert not cast(Any, field.resolve)._is_default
    wanted = cast(GraphQLInputObjectType, made.type_map["Wanted"])
    assert wanted.extensions[DEFINITION].origin is Wanted
    assert wanted.fields["atMost"].extensions[DEFINITION].python_name == "at_most"


def test_types_and_enums_carry_their_definition() -> None:
    definition = Thing.__strawberry_definition__  # type: ignore[attr-defined]
    assert [field.python_name for field in definition.fields] == ["full_name"]
    assert not definition.directives
    (value,) = Colour.__strawberry_definition__.values  # type: ignore[attr-defined]
    value.description = "The colour of a cherry."
    schema = strawberry.Schema(Query, types=[Colour])
    assert "The colour of a cherry." in schema.as_str()


async def test_the_schema_calls_the_hooks_that_are_overridden() -> None:
    schema = Hooked(Query)
    assert schema.called == ["introspection"]
    await schema.execute("{ absent }")
    assert schema.called == ["introspection", "errors"]


async def test_info_wraps_graphql_cores() -> None:
    given: list[Any] = []
    await strawberry.Schema(Query).execute("{ thing(wanted: {}) { fullName } }", None, given)
    (info,) = given
    raw = info._raw_info
    assert (raw.field_name, raw.parent_type.name, raw.path.as_list()) == (
        "thing",
        "Query",
        ["thing"],
    )
    assert len(raw.field_nodes) == 1
    assert raw.context is given


def test_the_arguments_of_a_field_can_be_replaced() -> None:
    field: Any = strawberry.field(resolver=lambda: 1, graphql_type=int)
    field.arguments = [StrawberryArgument("other_name", None, StrawberryAnnotation(int))]
    root = strawberry.type(type("Query", (), {"__annotations__": {}, "number": field}))
    assert "number(otherName: Int!): Int!" in strawberry.Schema(root).as_str()


def test_deep_modules_are_there() -> None:
    names = re.findall(r"`(\w+(?:\.\w+){2,})`", (ROOT / "docs/internals.md").read_text("utf-8"))
    assert "tortoise.fields.relational" in names
    assert all(import_module(name) for name in names)


def test_a_model_describes_its_table() -> None:
    meta = Person._meta
    assert meta.db_table == "people"
    assert (meta.pk.model_field_name, meta.db_pk_column) == ("id", "id")
    assert set(meta.fields_db_projection) <= set(meta.fields_map)
    assert meta.db_fields == set(meta.fields_db_projection.values())
    assert meta.table_description
    assert any(isinstance(item, CheckConstraint) for item in meta.constraints)


async def test_the_database_is_that_of_its_context(database: str) -> None:
    with pytest.raises(LookupError):
        contextvars.Context().run(connection)
    assert _current_context.get() is cast(Database, current.database.get()).orm
    assert isinstance(_current_context.get(), TortoiseContext)


async def test_a_client_of_sqlite_is_made_of_these(tmp_path: Path) -> None:
    client = SqliteClient(str(tmp_path / "file.db"), connection_name="default", busy_timeout="5")
    assert (client.filename, client._connection) == (str(tmp_path / "file.db"), None)
    assert client.pragmas["busy_timeout"] == "5"
    wrapper = SqliteTransactionWrapper(client)
    assert wrapper._parent is client
    assert not wrapper._finalized
    context = client._in_transaction()
    assert isinstance(context, SqliteTransactionContext)
    assert context._trxlock is client._lock
    assert context.connection_name == "default"
    loan = client.acquire_connection()
    assert isinstance(loan, ConnectionWrapper)
    assert (loan._lock, loan.client) == (client._lock, client)
    await client.create_connection(with_db=True)
    await client._post_connect()
    assert isinstance(client._connection, aiosqlite.Connection)
    await client.close()
    assert client._connection is None


async def test_a_client_of_postgresql_is_made_of_these() -> None:
    client = AsyncpgDBClient(
        "user", "password", "database", "localhost", 5432, maxsize=3, connection_name="default"
    )
    assert client._pool is None
    assert isinstance(client._pool_init_lock, asyncio.Lock)
    assert client.pool_maxsize == 3
    assert issubclass(client.connection_class, asyncpg.Connection)
    wrapper = TransactionWrapper(client)
    assert not wrapper._finalized
    assert wrapper.connection_name == "default"


def test_the_pool_takes_a_connection_class_and_a_reset() -> None:
    assert {"connection_class", "reset"} <= set(inspect.signature(asyncpg.create_pool).parameters)
    assert "record_class" in inspect.signature(asyncpg.Connection.fetch).parameters
    assert "timeout" in inspect.signature(asyncpg.Connection.close).parameters


async def test_the_connection_of_a_task_can_be_replaced(database: str) -> None:
    before = connection()
    other = copy(before)
    token = get_connections().set(dialect().name, other)
    assert connection() is other
    get_connections().reset(token)
    assert connection() is before


def test_a_field_has_an_sql_type_for_each_database() -> None:
    text, key = Text(max_length=7), Uuid()
    assert text.get_for_dialect("postgres", "SQL_TYPE") == 'VARCHAR(7) COLLATE "C"'
    assert text.get_for_dialect("sqlite", "SQL_TYPE") == "VARCHAR(7)"
    assert key.get_for_dialect("sqlite", "SQL_TYPE") == "BLOB"
    assert key.get_for_dialect("postgres", "SQL_TYPE") == "UUID"


async def test_migrating_calls_what_is_overridden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = set()

    def noted(kind: type, name: str) -> None:
        function = getattr(kind, name)

        def note(*arguments: Any, **options: Any) -> Any:
            called.add(name)
            return function(*arguments, **options)

        monkeypatch.setattr(kind, name, note)

    noted(Executor, "_project_state")
    noted(Executor, "_schema_editor")
    noted(Recorder, "applied_migrations")
    url = f"sqlite://{tmp_path}/erikti.db"
    async with Database(url):
        await migrate(url)
    assert called == {"_project_state", "_schema_editor", "applied_migrations"}


class Transport(asyncio.Transport):
    """A transport that goes nowhere."""

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Know nothing."""
        return default

    def write(self, data: Any) -> None:
        """Throw it away."""

    def is_closing(self) -> bool:
        """Stay open."""
        return False

    def pause_reading(self) -> None:
        """Have nothing to read."""

    resume_reading = close = pause_reading


async def test_a_connection_of_uvicorn_holds_requests_in_these() -> None:
    ends = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await ends.wait()

    config = uvicorn.Config(application, log_config=None)
    config.load()
    state = ServerState()
    made = HttpToolsProtocol(config, state, {"key": "value"})
    made.connection_made(Transport())
    assert made.connections is state.connections == {made}
    assert made.app_state == {"key": "value"}
    made.data_received(b"POST /path HTTP/1.1\r\nContent-Length: 2\r\n\r\n")
    assert (made.url, made.headers) == (b"/path", [(b"content-length", b"2")])
    assert made.parser.get_method() == b"POST"
    assert not made.expect_100_continue
    first = made.cycle
    assert (first.keep_alive, first.more_body, first.disconnected) == (True, True, False)
    assert (first.response_started, first.response_complete) == (False, False)
    assert isinstance(first.message_event, asyncio.Event)
    made.data_received(b"{}GET / HTTP/1.1\r\n\r\n")
    ((waiting, started),) = made.pipeline
    assert (waiting, started) == (made.cycle, config.loaded_app)
    assert waiting is not first
    assert callable(made.flow.pause_reading)
    assert callable(made.flow.resume_reading)
    assert issubclass(cast(type, made.ws_protocol_class), asyncio.Protocol)
    ends.set()
    await asyncio.gather(*state.tasks)


async def test_the_thread_of_a_connection_starts_when_it_is_awaited() -> None:
    made = aiosqlite.connect(":memory:")
    assert made._thread.native_id is None
    made._thread.daemon = True
    await made
    assert made._thread.native_id is not None
    assert isinstance(made._conn, sqlite3.Connection)
    await made.close()


async def test_the_memory_cache_writes_by_set_to_a_mapping() -> None:
    called = []

    class Noted(SimpleMemoryCache):  # type: ignore[misc]
        """A cache that notes its writes."""

        async def _set(self, *arguments: Any, **options: Any) -> Any:
            called.append(arguments[0])
            return await super()._set(*arguments, **options)

    cache = Noted(timeout=None)
    await cache.set("a", b"1")
    await cache.add("b", b"2")
    await cache.multi_set([("c", b"3")])
    assert called == ["a", "b", "c"]
    assert cache._cache == {"a": b"1", "b": b"2", "c": b"3"}
    assert await cache.multi_get(["a", "b", "c"]) == [b"1", b"2", b"3"]
