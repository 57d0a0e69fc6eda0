"""The caller's row-level access is in each FROM of a written statement."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tortoise.models import Model

from models.people import Language
from resolvers.context import Context
from resolvers.dataloaders.conditions import Statement, holds
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.row_policy import RULES
from resolvers.dataloaders.tables import table
from resolvers.global_ids import NODES
from tests.access.callers import CALLERS
from tests.schema.lists import ROOTS, ids
from tests.schema.walk import relations, selection
from tests.support.queries import KEY, engine, statements

PARAMETER = re.compile(r"[?$]\d+")
# The aliases of records in responses; those within conditions differ.
READ = re.compile(r"\b(?:FROM|JOIN) (\w+) (o\d+_|t|v)\b")
WRITTEN = re.compile(r"\btextsend\(|\bAS BLOB\)")
RULED = {table(model).name: model for model in RULES}


def spelt(sql: str) -> str:
    """Return SQL whose parameters have no numbers."""
    return PARAMETER.sub("?", sql)


def missing(sql: str, context: Context) -> Iterator[tuple[str, str]]:
    """Yield the tables and aliases that are read without the caller's condition on them."""
    text = spelt(sql)
    for found in READ.findall(text):
        name, alias = found
        model = RULED.get(name)
        if model is None:
            continue
        seen = context.loaders.scope.policy.of(model)
        if seen == ANY:
            continue
        reads = READ.findall(text).count(found)
        if text.count(condition(model, seen, alias)) < reads:
            yield found


def condition(model: type[Model], seen: Any, alias: str) -> str:
    """Return the SQL of a condition on a model's rows."""
    return spelt(holds(Statement(), model, seen, alias))


async def operations() -> list[str]:
    """Return operations that read each type in each way."""
    found = [f"{{ {root} {{ totalCount nodes {{ id }} }} }}" for root in ROOTS.values()]
    found.append("{ projects(first: 1) { nodes { hours } } }")  # a sum
    for name in NODES:
        one, *_ = [*await ids(name, 1), "x"]
        inner = [selection(each) for each in relations() if each.parent == name]
        for fields in ("id", *inner):
            on = f"... on {name} {{ {fields} }}"
            found.append(f'{{ node(id: "{one}") {{ {on} }} }}')
            found.append(f'{{ nodes(ids: ["{one}"]) {{ {on} }} }}')
            found.append(f'{{ {name[0].lower()}{name[1:]}(by: {{ id: "{one}" }}) {{ {fields} }} }}')
            entity = f'{{ __typename: "{name}", id: "{one}" }}'
            found.append(f"{{ _entities(representations: [{entity}]) {{ {on} }} }}")
    return found


@pytest.mark.usefixtures("open_nation", "generous")
@pytest.mark.parametrize("role", CALLERS)
async def test_each_table_is_read_under_its_rule(role: str) -> None:
    tested = 0
    for text in await operations():
        context = Context(Language.EN, KEY, CALLERS[role], purpose="FORUM_PARTICIPATION")
        with statements() as made:
            result = await engine().execute(text, context_value=context)
        if result.data is None:
            continue  # the caller may not request it, or there is no such look-up
        for sql in filter(WRITTEN.search, made):
            assert list(missing(sql, context)) == [], (text, sql)
            tested += any(name in RULED for name, _ in READ.findall(sql))
    assert tested > 20
