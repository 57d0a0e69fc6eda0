"""Ariadne with SDL, DataLoaders and asyncpg, and a cache of parsed and validated documents."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
from aiodataloader import DataLoader
from ariadne import ObjectType, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate
from starlette.applications import Starlette
from starlette.routing import Mount

from benchmarks.peers import statements
from benchmarks.peers.statements import global_id, groups_of, tenths, volunteer_key

SDL = Path(__file__).with_name("schema.graphql").read_text(encoding="utf-8")
Row = dict[str, Any]


class Loaders:
    """The loaders of one operation."""

    def __init__(self, db: asyncpg.Pool) -> None:
        self.db = db
        self.people = self._one(statements.PEOPLE)
        self.regions = self._one(statements.REGIONS)
        self.organisations = self._one(statements.ORGANISATIONS)
        self.projects = self._one(statements.PROJECTS)
        self._many: dict[tuple[str, int], DataLoader[Any, Any]] = {}

    def _one(self, sql: str) -> DataLoader[Any, Any]:
        async def load(keys: list[Any]) -> list[Any]:
            found = {row["key"]: dict(row) for row in await self.db.fetch(sql, keys)}
            return [found.get(key) for key in keys]

        return DataLoader(load)

    def pages(self, sql: str, first: int, shape: Callable[[Any], Row]) -> DataLoader[Any, Any]:
        """Return a loader of the first records of each parent, for one page size."""
        sized = sql.format(size=first + 1)

        async def load(keys: list[Any]) -> list[Any]:
            lists: dict[Any, list[Row]] = {key: [] for key in keys}
            for row in await self.db.fetch(sized, keys):
                lists[row["parent"]].append(shape(row))
            return [Page(lists[key], first) for key in keys]

        return self._many.setdefault((sql, first), DataLoader(load))


class Page:
    """The first records of a list."""

    def __init__(self, rows: list[Row], first: int) -> None:
        self.nodes = rows[:first]
        self.pageInfo = {"hasNextPage": len(rows) > first}


class Everything:
    """A list of a whole table, read on demand."""

    def __init__(self, table: str, first: int = 0, status: str | None = None) -> None:
        self.table = table
        self.status = status
        self._first = first
        self._page: Page | None = None

    async def page(self, db: Any) -> Page:
        """Return the page, read once."""
        if self._page is None:
            rows = await db.fetch(statements.PAGE.format(size=self._first + 1))
            self._page = Page([volunteer(row) for row in rows], self._first)
        return self._page


def volunteer(row: Any) -> Row:
    """Convert a volunteer's row to the values of fields."""
    return dict(row) | {"id": global_id(row["key"]), "hoursTotal": tenths(row["hours_total"])}


def participation(row: Any) -> Row:
    """Convert a participation's row to the values of fields."""
    return dict(row) | {"hours": tenths(row["hours"])}


query = ObjectType("Query")
region = ObjectType("Region")
volunteers = ObjectType("Volunteer")
participations = ObjectType("Participation")
page = ObjectType("VolunteerConnection")
group = ObjectType("VolunteerGroup")
lists = [ObjectType(f"{name}Connection") for name in ("Organisation", "Project", "Enquiry")]


@query.field("regions")
async def all_regions(_: Any, info: Any) -> Any:
    """Resolve all regions."""
    return [dict(row) for row in await info.context.db.fetch(statements.ALL_REGIONS)]


@query.field("volunteer")
async def one_volunteer(_: Any, info: Any, by: dict[str, str]) -> Any:
    """Resolve one volunteer."""
    row = await info.context.db.fetchrow(statements.RECORD, volunteer_key(by["id"]))
    return volunteer(row) if row else None


@query.field("volunteers")
def all_volunteers(_: Any, __: Any, first: int, filter: Any = None) -> Everything:  # noqa: A002
    """Resolve volunteers."""
    return Everything("volunteers", first, (filter or {}).get("status", {}).get("eq"))


@query.field("organisations")
@query.field("projects")
@query.field("enquiries")
def whole_table(_: Any, info: Any) -> Everything:
    """Resolve a list that is only grouped."""
    return Everything(info.field_name)


@page.field("nodes")
async def nodes(parent: Any, info: Any) -> Any:
    """Resolve the records of a page."""
    found = await parent.page(info.context.db) if isinstance(parent, Everything) else parent
    return found.nodes


@page.field("pageInfo")
async def page_info(parent: Any, info: Any) -> Any:
    """Resolve the position of a page."""
    found = await parent.page(info.context.db) if isinstance(parent, Everything) else parent
    return found.pageInfo


@page.field("totalCount")
async def total_count(parent: Everything, info: Any) -> int:
    """Resolve the number of records."""
    if parent.status is None:
        count: int = await info.context.db.fetchval(statements.COUNT)
    else:
        count = await info.context.db.fetchval(statements.COUNT_OF, parent.status)
    return count


async def groups(parent: Everything, info: Any, by: Sequence[str]) -> Row:
    """Resolve the groups of records."""
    rows = [dict(row) for row in await info.context.db.fetch(groups_of(parent.table, by))]
    if parent.table == "volunteers":
        for row in rows:
            row["hoursTotal"] = {"sum": tenths(row["hours"])}
    return {"nodes": rows}


for kind in (page, *lists):
    kind.set_field("groups", groups)


def to_one(name: str, column: str) -> Callable[..., Awaitable[Any] | None]:
    """Return a resolver of the record that a column refers to."""

    def resolve(parent: Any, info: Any) -> Awaitable[Any] | None:
        key = parent[column]
        return None if key is None else getattr(info.context, name).load(key)

    return resolve


def to_many(sql: str, column: str, shape: Callable[[Any], Row]) -> Callable[..., Awaitable[Any]]:
    """Return a resolver of the first records that refer to the parent."""

    def resolve(parent: Any, info: Any, first: int) -> Awaitable[Any]:
        found: Awaitable[Any] = info.context.pages(sql, first, shape).load(parent[column])
        return found

    return resolve


volunteers.set_field("person", to_one("people", "person_id"))
volunteers.set_field("region", to_one("regions", "region_id"))
volunteers.set_field("organisation", to_one("organisations", "organisation_id"))
volunteers.set_field("participations", to_many(statements.PARTICIPATIONS, "key", participation))
participations.set_field("project", to_one("projects", "project_id"))
group.set_field("region", to_one("regions", "region_id"))
region.set_field("volunteers", to_many(statements.VOLUNTEERS_OF_REGIONS, "code", volunteer))
schema = make_executable_schema(SDL, query, region, volunteers, participations, page, group, *lists)


@cache
def parsed(source: str) -> DocumentNode:
    """Return a parsed document, cached without a bound."""
    return parse(source)


VALIDATED: dict[int, tuple[DocumentNode, list[GraphQLError]]] = {}


def validated(  # Ariadne defines the arguments
    schema: GraphQLSchema,
    document_ast: DocumentNode,
    rules: Any = None,
    max_errors: int | None = None,  # noqa: ARG001
    type_info: Any = None,  # noqa: ARG001
) -> list[GraphQLError]:
    """Return a document's errors, cached; the cache retains it so that its id is not reused."""
    if id(document_ast) not in VALIDATED:
        VALIDATED[id(document_ast)] = (document_ast, validate(schema, document_ast, rules))
    return VALIDATED[id(document_ast)][1]


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the pool while the application runs."""
    async with await statements.pool(os.environ["DATABASE_URL"]) as pool:
        app.state.pool = pool
        yield


def context(_: Any, __: Any) -> Loaders:
    """Return the context of one operation."""
    return Loaders(app.state.pool)


graphql = GraphQL(
    schema,
    context_value=context,
    query_parser=lambda _, data: parsed(data["query"]),
    query_validator=validated,
)
app = Starlette(routes=[Mount("/", graphql)], lifespan=lifespan)
