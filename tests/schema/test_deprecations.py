"""Deprecated parts: the form of their reasons, who uses them, and when they may be removed."""

import logging
from datetime import date

import pytest
import strawberry
from graphql import GraphQLSchema, build_schema
from graphql.utilities import find_breaking_changes

from erikti.auth.principal import Principal
from erikti.endpoint.extensions import extensions
from models.people import Language
from resolvers.context import Context
from schema import RELEASED, schema
from schema.building.permissions import PUBLIC
from schema.engine.deprecations import (
    Deprecation,
    deprecations,
    logger,
    removal,
    without_expired,
)
from schema.engine.engine import Engine
from schema.engine.federated_schema import FederatedSchema
from tools.papers import sections

DAY = date(2028, 1, 31)
REASON = "Use `silver`. Removed after 2028-01-31."
RELEASE = """
    type Query { people(old: Int @deprecated(reason: "Use `by`. Removed after 2028-01-31."), by: By): Int
      grey: Boolean @deprecated(reason: "Use `silver`. Removed after 2028-01-31.") silver: Boolean }
    input By { name: String @deprecated(reason: "Use `code`. Removed after 2028-01-31.") code: String }
    enum Tone { GREY @deprecated(reason: "Use `SILVER`. Removed after 2028-01-31.") SILVER }
"""


def yes() -> bool:
    return True


@strawberry.type(directives=[PUBLIC])
class Query:
    silver = strawberry.field(resolver=yes)
    grey = strawberry.field(resolver=yes, deprecation_reason=REASON)


async def used(engine: Engine, text: str, client: str | None) -> dict[str, object]:
    """Run an operation; return the extensions of its response."""
    context = Context(Language.EN, b"a key", Principal(client))
    prepared = engine.prepare(text, None, None, context)
    assert (await engine.run(prepared)).errors is None
    return extensions(context)


async def test_a_response_lists_what_its_document_uses() -> None:
    engine = Engine(FederatedSchema(query=Query))
    message = f"The field Query.grey is deprecated. {REASON}"
    for _ in range(2):  # the second time the document is cached
        found = await used(engine, "{ a: grey b: grey silver }", "portal")
        assert found["deprecated"] == [message]
    assert "deprecated" not in await used(engine, "{ silver }", "portal")


async def test_each_client_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(FederatedSchema(query=Query))
    with caplog.at_level(logging.WARNING, logger.name):
        for client in ("portal", "portal", None, "dashboard"):
            await used(engine, "{ grey }", client)
    logged = [record.getMessage().partition(":")[0] for record in caplog.records]
    assert logged == ["client portal", "client public", "client dashboard"]


def faults(current: GraphQLSchema, released: GraphQLSchema, earliest: date) -> list[str]:
    """Return the deprecated parts without a replacement, or that would be removed too early.

    A part that the last release has deprecated keeps its date.
    """
    known = {part.coordinate for part in deprecations(released)}
    names = (
        set(current.type_map)
        | {
            name
            for type_ in current.type_map.values()
            for name in (*getattr(type_, "fields", {}), *getattr(type_, "values", {}))
        }
        | {
            argument
            for type_ in current.type_map.values()
            for field in getattr(type_, "fields", {}).values()
            for argument in getattr(field, "args", {})
        }
    )
    found = []
    for part in deprecations(current):
        if not set(part.instead.split("`")[1::2]) & names:
            found.append(f"{part.coordinate}: {part.instead} does not exist")
        if part.coordinate not in known and part.last_day < earliest:
            found.append(f"{part.coordinate}: removed before {earliest}")
    return found


def a_year_after_the_release() -> date:
    """The earliest last day of what is deprecated now."""
    released = next(section.date for section in sections() if section.date)
    assert released is not None
    day = date.fromisoformat(released)
    return day.replace(year=day.year + 1)


def test_every_deprecated_part_has_a_replacement_and_clients_have_a_year() -> None:
    released = build_schema(RELEASED.read_text(encoding="utf-8"), assume_valid_sdl=True)
    assert faults(schema._schema, released, a_year_after_the_release()) == []


def test_early_removals_and_missing_replacements_would_be_found() -> None:
    made, empty = build_schema(RELEASE), build_schema("type Query { silver: Boolean }")
    assert faults(made, empty, DAY) == []
    late = date(2028, 2, 1)
    assert faults(made, made, late) == []
    assert faults(made, empty, late) == [
        f"{name}: removed before 2028-02-01"
        for name in ("Query.people(old:)", "Query.grey", "By.name", "Tone.GREY")
    ]
    wrong = build_schema(RELEASE.replace("`silver`", "`gold`"))
    assert faults(wrong, empty, DAY) == ["Query.grey: `gold` does not exist"]


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "No longer supported",
        "Use silver. Removed after 2028-01-31.",
        "Use `silver`.",
        "Use `silver`. Removed after 2028-1-31.",
        "Use `silver`. Removed after 2028-02-31.",
        "Use `silver`. Removed after 2028-01-31. Please.",
    ],
)
def test_a_reason_of_another_form_is_named(reason: str) -> None:
    made = build_schema(RELEASE.replace(REASON, reason))
    with pytest.raises(ValueError, match=r"Query\.grey: "):
        list(deprecations(made))


def test_a_reason_is_read() -> None:
    assert removal("Use the argument `by`. Removed after 2028-01-31.") == ("the argument `by`", DAY)
    found = list(deprecations(build_schema(RELEASE)))
    assert found[1] == Deprecation("Query.grey", "`silver`", DAY)
    assert len(found) == 4


def breaking(today: date, after: str) -> int:
    """Return how many changes break clients of the release on a day."""
    kept = without_expired(RELEASE, today)
    return len(find_breaking_changes(build_schema(kept), build_schema(after)))


def test_an_expired_part_may_be_removed_and_not_before() -> None:
    removed = without_expired(RELEASE, date(2028, 2, 1))
    assert "deprecated" not in removed
    assert breaking(DAY, removed) == 4
    assert breaking(date(2028, 2, 1), removed) == 0
    assert breaking(date(2028, 2, 1), removed.replace("SILVER", "GOLD")) == 1
