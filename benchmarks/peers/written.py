"""Statements that write the whole response as JSON, in the form that costs PostgreSQL least.

Sizes are in the text, because statements with ``LIMIT $1`` are planned at each execution.
"""

from functools import cache

NESTED = 3  # participations of each volunteer
NAME = "to_json(coalesce({0}.{1}_kk, {0}.{1}_ru, {0}.{1}_en))::text"
TENTHS = "(({0}) * 0.1)::numeric(20, 1)::text"
REGION = f"""'{{"code":"' || r.code || '","name":' || {NAME.format("r", "name")} || '}}'"""
VOLUNTEER = f"""'{{"id":"' || encode(convert_to('Volunteer:' || v.id::text, 'UTF8'), 'base64')
    || '","status":"' || v.status || '","registeredOn":"' || v.registered_on::text
    || '","hoursTotal":"' || {TENTHS.format("v.hours_total")} || '"'"""
REGION_OF = f"""LEFT JOIN LATERAL (
    SELECT {REGION} AS json FROM regions r WHERE r.code = v.region_id LIMIT 1) region ON true"""


def _organisation_of(columns: str) -> str:
    return f"""LEFT JOIN LATERAL (
    SELECT '{{' || {columns} || '}}' AS json FROM organisations o
    WHERE o.id = v.organisation_id LIMIT 1) organisation ON true"""


def _participations(json: str) -> str:
    return f"""(SELECT coalesce(string_agg({json}, ','), '') FROM (
        SELECT p.hours, p.role, p.project_id FROM participations p
        WHERE p.volunteer_id = v.id ORDER BY p.id LIMIT {NESTED}) p)"""


def _record(participations: str) -> str:
    return f"""{VOLUNTEER} || ',"silver":' || v.silver::text || ',"region":' || region.json
    || ',"organisation":' || coalesce(organisation.json, 'null')
    || ',"participations":{{"nodes":[' || {participations} || ']}}}}'"""


ORGANISATION = f"""'"name":' || {NAME.format("o", "name")}"""
PARTICIPATION = f"""'{{"hours":"' || {TENTHS.format("p.hours")} || '","role":"' || p.role || '"'"""
PROJECT = f"""{PARTICIPATION} || ',"project":{{"title":' || (
    SELECT {NAME.format("t", "title")} FROM projects t WHERE t.id = p.project_id) || '}}}}'"""
BIN = f"""{ORGANISATION} || ',"bin":' || coalesce(to_json(o.bin)::text, 'null')"""
VOLUNTEER_OF_ID = _record(_participations(PROJECT))
RECORD = f"""SELECT textsend('{{"data":{{"volunteer":' || {VOLUNTEER_OF_ID} || '}}}}')
    FROM volunteers v {REGION_OF} {_organisation_of(BIN)} WHERE v.id = $1"""


@cache
def page(first: int) -> str:
    """Return the statement of a page of volunteers."""
    row = _record(_participations(f"{PARTICIPATION} || '}}'"))
    return f"""SELECT textsend('{{"data":{{"volunteers":{{"nodes":['
        || coalesce(string_agg(json, ',') FILTER (WHERE number <= {first}), '')
        || '],"pageInfo":{{"hasNextPage":' || (count(*) > {first})::text || '}}}}}}}}')
    FROM (SELECT {row} AS json, row_number() OVER () AS number
        FROM (SELECT * FROM volunteers ORDER BY id LIMIT {first + 1}) v
        {REGION_OF} {_organisation_of(ORGANISATION)}) found"""


@cache
def big(first: int) -> str:
    """Return the statement of as many volunteers of each region."""
    return f"""SELECT textsend('{{"data":{{"regions":[' || string_agg(
        '{{"code":"' || r.code || '","volunteers":{{"nodes":[' || found.json || ']}}}}', ','
        ORDER BY r.code) || ']}}}}')
    FROM regions r CROSS JOIN LATERAL (
        SELECT coalesce(string_agg({VOLUNTEER} || '}}', ','), '') AS json
        FROM (SELECT * FROM volunteers v WHERE v.region_id = r.code ORDER BY v.id LIMIT {first}) v
    ) found"""


def _groups(table: str, *columns: str) -> str:
    """Return an expression for the groups of a table, the largest first."""
    keys = " || ',' || ".join(f"""'"{name}":"' || {name} || '"'""" for name in columns)
    grouped = ", ".join(columns)
    group = f"""'{{' || {keys} || ',"count":' || n::text || '}}'"""
    return f"""(SELECT '{{"groups":{{"nodes":['
        || string_agg({group}, ',' ORDER BY n DESC, {grouped}) || ']}}}}'
        FROM (SELECT {grouped}, count(*) AS n FROM {table} GROUP BY {grouped}) found)"""


BY_REGION = f"""(SELECT '{{"groups":{{"nodes":[' || string_agg(
        '{{"region":' || {REGION} || ',"status":"' || g.status || '","count":' || n::text
        || ',"hoursTotal":{{"sum":"' || {TENTHS.format("g.hours")} || '"}}}}', ','
        ORDER BY n DESC, region_id, status) || ']}}}}'
    FROM (SELECT region_id, status, count(*) AS n, sum(hours_total) AS hours
        FROM volunteers GROUP BY region_id, status) g
    LEFT JOIN regions r ON r.code = g.region_id)"""
TILE = f"""SELECT textsend('{{"data":{{"volunteers":' || {BY_REGION} || '}}}}')"""
DASHBOARD = f"""SELECT textsend('{{"data":{{"byRegion":' || {BY_REGION}
    || ',"active":{{"totalCount":'
    || (SELECT count(*) FROM volunteers WHERE status = 'ACTIVE')::text
    || '}},"organisations":' || {_groups("organisations", "kind")}
    || ',"projects":' || {_groups("projects", "status")}
    || ',"enquiries":' || {_groups("enquiries", "topic", "channel")} || '}}}}')"""
