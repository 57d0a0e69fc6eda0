"""SQL statements of the Python peers, and conversion of rows to response values."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

import asyncpg

POOL = 10
PREFIX = "Volunteer:"
VOLUNTEER = """id AS key, status, silver, registered_on::text AS "registeredOn", hours_total,
    person_id, region_id, organisation_id"""
RECORD = f"SELECT {VOLUNTEER} FROM volunteers WHERE id = $1"
# Sizes are in the text, because statements with ``LIMIT $1`` are planned at each execution.
PAGE = f"SELECT {VOLUNTEER} FROM volunteers ORDER BY id LIMIT {{size}}"
COUNT = "SELECT count(*) FROM volunteers"
COUNT_OF = f"{COUNT} WHERE status = $1"
PEOPLE = """SELECT id AS key, display_name AS "displayName" FROM people
    WHERE id = ANY($1::uuid[])"""
REGION = "code AS key, code, coalesce(name_kk, name_ru, name_en) AS name"
REGIONS = f"SELECT {REGION} FROM regions WHERE code = ANY($1::text[])"
ALL_REGIONS = f"SELECT {REGION} FROM regions ORDER BY code"
ORGANISATIONS = """SELECT id AS key, coalesce(name_kk, name_ru, name_en) AS name, bin
    FROM organisations WHERE id = ANY($1::uuid[])"""
PROJECTS = """SELECT id AS key, coalesce(title_kk, title_ru, title_en) AS title FROM projects
    WHERE id = ANY($1::uuid[])"""
PARTICIPATIONS = """SELECT k.id AS parent, p.*
    FROM unnest($1::uuid[]) k(id) CROSS JOIN LATERAL (
        SELECT hours, role, project_id FROM participations
        WHERE volunteer_id = k.id ORDER BY id LIMIT {size}) p"""
VOLUNTEERS_OF_REGIONS = f"""SELECT k.code AS parent, v.*
    FROM unnest($1::text[]) k(code) CROSS JOIN LATERAL (
        SELECT {VOLUNTEER} FROM volunteers WHERE region_id = k.code ORDER BY id LIMIT {{size}}) v"""
COLUMNS = {
    "REGION": "region_id",
    "STATUS": "status",
    "KIND": "kind",
    "TOPIC": "topic",
    "CHANNEL": "channel",
}


def groups_of(table: str, by: Sequence[str]) -> str:
    """Return the statement that groups a table, the largest groups first."""
    columns = ", ".join(COLUMNS[dimension] for dimension in by)
    sums = ", sum(hours_total)::bigint AS hours" if table == "volunteers" else ""
    return f"""SELECT {columns}, count(*) AS count {sums} FROM {table}
        GROUP BY {columns} ORDER BY count DESC, {columns}"""


async def pool(url: str) -> asyncpg.Pool:
    """Return a pool of the common size, without a reset when connections are returned.

    PostgreSQL keeps the plans of its statements.
    """
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=POOL,
        reset=_keep,
        server_settings={"jit": "off", "plan_cache_mode": "force_generic_plan"},
    )


async def _keep(connection: Any) -> None:
    """Skip the reset, since these peers only read."""


def global_id(key: Any) -> str:
    """Return a volunteer's global ID."""
    return b64encode(f"{PREFIX}{key}".encode()).decode()


def volunteer_key(value: str) -> str:
    """Return the UUID in a volunteer's global ID."""
    return b64decode(value).decode().removeprefix(PREFIX)


def tenths(units: int) -> str:
    """Format a number of tenths with one decimal."""
    return f"{units // 10}.{units % 10}"
