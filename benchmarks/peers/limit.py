"""The limit: handwritten SQL for each operation, level by level, without GraphQL."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.peers import statements
from benchmarks.peers.statements import global_id, groups_of, tenths, volunteer_key

NESTED = 3  # participations of each volunteer
Answer = dict[str, Any]


async def record(db: Any, variables: Answer) -> Answer:
    """Return one volunteer with all related records."""
    row = await db.fetchrow(statements.RECORD, volunteer_key(variables["id"]))
    volunteer = (await _volunteers(db, [row]))[0]
    found = await db.fetch(statements.PARTICIPATIONS, [row["key"]], NESTED + 1)
    found = found[:NESTED]
    projects = await _by_key(db, statements.PROJECTS, (p["project_id"] for p in found))
    nodes = [
        {
            "hours": tenths(p["hours"]),
            "role": p["role"],
            "project": {"title": projects[p["project_id"]]["title"]},
        }
        for p in found
    ]
    return {"volunteer": volunteer | {"participations": {"nodes": nodes}}}


async def page(db: Any, variables: Answer) -> Answer:
    """Return the first volunteers with all related records."""
    first = variables["first"]
    rows = await db.fetch(statements.PAGE, first + 1)
    more = len(rows) > first
    rows = rows[:first]
    nodes = await _volunteers(db, rows, with_bin=False)
    found = await db.fetch(statements.PARTICIPATIONS, [row["key"] for row in rows], NESTED + 1)
    lists: dict[Any, list[Answer]] = {row["key"]: [] for row in rows}
    for parent, hours, role, _ in found:
        lists[parent].append({"hours": tenths(hours), "role": role})
    for node, items in zip(nodes, lists.values(), strict=True):
        node["participations"] = {"nodes": items[:NESTED]}
    return {"volunteers": {"nodes": nodes, "pageInfo": {"hasNextPage": more}}}


async def tile(db: Any, _: Answer) -> Answer:
    """Return the numbers of volunteers by region and status."""
    rows = await db.fetch(groups_of("volunteers", ["REGION", "STATUS"]))
    regions = await _regions(db, (row["region_id"] for row in rows))
    groups = [
        {
            "region": regions[row["region_id"]],
            "status": row["status"],
            "count": row["count"],
            "hoursTotal": {"sum": tenths(row["hours"])},
        }
        for row in rows
    ]
    return {"volunteers": {"groups": {"nodes": groups}}}


async def dashboard(db: Any, _: Answer) -> Answer:
    """Return five tiles."""
    by_region = (await tile(db, {}))["volunteers"]
    active = await db.fetchval(statements.COUNT_OF, "ACTIVE")
    return {
        "byRegion": by_region,
        "active": {"totalCount": active},
        "organisations": await _groups(db, "organisations", "KIND"),
        "projects": await _groups(db, "projects", "STATUS"),
        "enquiries": await _groups(db, "enquiries", "TOPIC", "CHANNEL"),
    }


async def big(db: Any, variables: Answer) -> Answer:
    """Return many volunteers of each region."""
    regions = await db.fetch(statements.ALL_REGIONS)
    codes = [region["code"] for region in regions]
    lists: dict[str, list[Answer]] = {code: [] for code in codes}
    for row in await db.fetch(statements.VOLUNTEERS_OF_REGIONS, codes, variables["first"]):
        lists[row["parent"]].append(
            {
                "id": global_id(row["key"]),
                "status": row["status"],
                "hoursTotal": tenths(row["hours_total"]),
                "registeredOn": row["registeredOn"],
            }
        )
    return {
        "regions": [{"code": code, "volunteers": {"nodes": lists[code]}} for code in codes],
    }


async def _volunteers(db: Any, rows: list[Any], with_bin: bool = True) -> list[Answer]:
    regions = await _regions(db, (row["region_id"] for row in rows))
    keys = (row["organisation_id"] for row in rows if row["organisation_id"])
    found = await _by_key(db, statements.ORGANISATIONS, keys)
    columns = ("name", "bin") if with_bin else ("name",)
    organisations = {key: {name: row[name] for name in columns} for key, row in found.items()}
    return [
        {
            "id": global_id(key),
            "status": status,
            "silver": silver,
            "registeredOn": registered_on,
            "hoursTotal": tenths(hours),
            "region": regions[region],
            "organisation": organisations.get(organisation),
        }
        for key, status, silver, registered_on, hours, _, region, organisation in rows
    ]


async def _regions(db: Any, codes: Iterable[Any]) -> dict[Any, Answer]:
    found = await _by_key(db, statements.REGIONS, codes)
    return {code: {"code": code, "name": row["name"]} for code, row in found.items()}


async def _groups(db: Any, table: str, *by: str) -> Answer:
    rows = await db.fetch(groups_of(table, by))
    return {"groups": {"nodes": [dict(row) for row in rows]}}


async def _by_key(db: Any, sql: str, keys: Iterable[Any]) -> dict[Any, Any]:
    return {row[0]: row for row in await db.fetch(sql, list(set(keys)))}


OPERATIONS: dict[str, Callable[[Any, Answer], Awaitable[Answer]]] = {
    "Record": record,
    "Page": page,
    "Tile": tile,
    "Dashboard": dashboard,
    "Big": big,
}


async def answer(request: Request) -> Response:
    """Serve an operation by its name."""
    body = orjson.loads(await request.body())
    async with request.app.state.pool.acquire() as db:
        data = await OPERATIONS[body["operationName"]](db, body.get("variables") or {})
    return Response(orjson.dumps({"data": data}), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Open the pool while the application runs."""
    async with await statements.pool(os.environ["DATABASE_URL"]) as pool:
        app.state.pool = pool
        yield


app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)
