"""Pages and totals of a list, for one or many parents in one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from tortoise.models import Model

from erikti.database.connection import dialect, fetch
from erikti.database.snapshots import Query
from resolvers.dataloaders.conditions import (
    Statement,
    beyond,
    contains,
    holds,
    keys_of,
    order_by,
)
from resolvers.dataloaders.listings import ANY, Condition, Link, Listing, Page, PageRequest
from resolvers.dataloaders.rollups import COUNT, covering_rollup
from resolvers.dataloaders.searches import Search, split
from resolvers.dataloaders.tables import (
    MAX_SELECTIONS,
    Columns,
    Row,
    Selection,
    key_type,
    order_column,
    table,
)

# Records that are sorted once a search has found them: about as fast as the order is read then.
FEW = 2_000


@dataclass(frozen=True)
class Parent:
    """The relation of records to a parent: by a column of theirs, or through a link table.

    A link's ``owner`` is the parent and its ``value`` the record.
    """

    column: str | None = None
    link: Link | None = None


@dataclass(frozen=True)
class Source:
    """The source of a list's rows: a whole table, or the records of a parent."""

    listing: Listing
    parent: Parent | None = None

    @property
    def relation(self) -> str | None:
        """Return the records' relation to their parent, or None without a column for it."""
        column = self.parent.column if self.parent else None
        return column.removesuffix("_id") if column else None

    def rows(self) -> str:
        """Return the FROM clause, with the records under the alias ``t``."""
        records = table(self.listing.model)
        if self.parent is None or self.parent.link is None:
            return f"{records.name} t"
        link = self.parent.link
        ties = table(link.model).name
        return f"{records.name} t JOIN {ties} p ON p.{link.value} = t.{records.key}"

    def key(self) -> str:
        """Return the SQL expression of the parent's key."""
        assert self.parent is not None
        if self.parent.link is not None:
            return f"p.{self.parent.link.owner}"
        return f"t.{self.parent.column}"

    def keys(self, statement: Statement, keys: Sequence[object]) -> str:
        """Return the parents' keys as a table expression."""
        return statement.dialect.keys(self._bind(statement, keys), self._key_type())

    def among(self, statement: Statement, keys: Sequence[object]) -> str:
        """Return SQL for whether a record belongs to one of the parents."""
        return statement.dialect.any_of(self.key(), self._bind(statement, keys))

    def where(self, statement: Statement, condition: Condition) -> str:
        """Return SQL for the condition on the records."""
        return holds(statement, self.listing.model, condition)

    def _bind(self, statement: Statement, keys: Sequence[object]) -> int:
        # Keys come from rows, so they already have the database's representation.
        return statement.bind(statement.dialect.array(keys))

    def _key_type(self) -> str:
        return key_type(*self._key_column())

    def _key_column(self) -> tuple[type[Model], str]:
        assert self.parent is not None
        if self.parent.link is not None:
            return self.parent.link.model, self.parent.link.owner
        assert self.parent.column is not None
        return self.listing.model, self.parent.column


def load_pages(
    source: Source, request: PageRequest, selection: Selection, keys: Sequence[object]
) -> Query[list[Page]]:
    """Load one page per parent key, or the one page of a list without a parent."""
    if request.condition == ANY and request.position is request.until is None:
        sql = _plain_page(source, request, selection)
        parameters = [] if source.parent is None else [dialect().array(keys)]
    else:
        statement = Statement()
        sql = _pages(source, request, statement, selection, keys)
        parameters = statement.parameters
    if source.parent is None:
        return Query(sql, parameters, selection.row, partial(_one_page, request))

    def read(rows: Sequence[Row]) -> list[Page]:
        found: list[list[Row]] = [[] for _ in keys]
        for row in rows:
            found[row[selection.size]].append(row)
        return [_page(page, request) for page in found]

    return Query(sql, parameters, selection.row, read)


@lru_cache(maxsize=MAX_SELECTIONS)
def _plain_page(source: Source, request: PageRequest, selection: Selection) -> str:
    """Return the statement for the first page of a whole list."""
    return _pages(source, request, Statement(), selection, [])


def page_rows(
    source: Source,
    request: PageRequest,
    statement: Statement,
    columns: Iterable[str],
    parent: str | None,
    numbered: bool,
) -> str:
    """Return the query for the columns of the rows of one page, in order.

    ``parent`` is the SQL of the parent's key. With ``numbered`` it reads one row more than the
    page has, and numbers the rows from the page's start in the column ``page_row``.
    """
    model = source.listing.model
    keys = keys_of(model, request.order)
    selected = Columns(
        table(model), tuple({**dict.fromkeys(columns), **{k.column: None for k in keys}})
    )
    extra = int(numbered)
    if parent is None:
        rows = _pages(source, request, statement, selected, (), extra)
    else:
        parts, names = _parts(request, model), selected.select("t")
        rows = _page_of(source, request, statement, names, parts, parent=parent, extra=extra)
        if len(parts) > 1:
            rows = f"SELECT r.* FROM ({rows}) r ORDER BY {order_by(keys, 'r', request.backward)}"
    if numbered:
        rows = f"SELECT r.*, row_number() OVER () AS page_row FROM ({rows}) r"
    if request.backward:
        rows = f"SELECT r.* FROM ({rows}) r ORDER BY {order_by(keys, 'r', False)}"
    return rows


def _pages(
    source: Source,
    request: PageRequest,
    statement: Statement,
    selection: Selection | Columns,
    keys: Sequence[object],
    extra: int = 1,
) -> str:
    model = source.listing.model
    order = order_by(keys_of(model, request.order), "r", request.backward)
    spell = statement.dialect
    if source.parent is None:
        search, rest = split(model, request.condition)
        if search is not None and (first := _first_found(statement, model, search)):
            narrowed = replace(request, condition=rest)
            return _searched(source, narrowed, statement, selection, search, first, extra)
        parts = _parts(request, model)
        # An index alone may find the keys of a search, but not whole records.
        if len(parts) == 1 and search is None:
            return _page_of(source, request, statement, selection.select("t"), parts, extra=extra)
        key = f"t.{selection.table.key}"
        inner = _page_of(source, request, statement, key, parts, extra=extra)
        return _ordered(selection, selection.table.key, inner, order)
    keys_table = source.keys(statement, keys)
    inner = _page_of(source, request, statement, f"t.{spell.row}", _parts(request, model))
    # Positions are cheaper to read and to look up than keys.
    selected = f"{selection.select('r')}, k.place"
    sql = spell.first_per_key(keys_table, selection.table.name, selected, inner)
    return f"{sql} ORDER BY {order}"


def _parts(request: PageRequest, model: type[Model]) -> list[bool | None]:
    """Return the parts of a page in order: by whether the first column of the order is NULL.

    An index has the order of each part, but with NULLs elsewhere than last. None: a single part.
    """
    first = keys_of(model, request.order)[0]
    if not first.nullable:
        return [None]
    return [True, False] if request.backward else [False, True]


def _page_of(
    source: Source,
    request: PageRequest,
    statement: Statement,
    selected: str,
    parts: Sequence[bool | None],
    more: Sequence[str] = (),
    when: str | None = None,
    parent: str = "k.value",
    extra: int = 1,
) -> str:
    """Return the query for one page, of the parent with the key ``parent`` if there is one.

    It reads ``extra`` rows more than the page has, to find out whether there are more. ``more`` are
    further conditions. If ``when`` does not hold, nothing is read: SQLite would test it for
    each row as a condition, but computes the limit once.
    """
    model = source.listing.model
    conditions = [source.where(statement, request.condition), *more]
    if source.parent is not None:
        conditions.insert(0, f"{source.key()} = {parent}")
    limit = statement.limit(request.size + extra, request.condition)
    if when is not None:
        limit = f"(CASE WHEN {when} THEN {limit} ELSE 0 END)"
    rows = f"SELECT {selected} FROM {source.rows()} WHERE"
    queries = []
    for part in parts:
        bounds = _bounds(request, statement, model, part)
        if bounds is not None:
            where = " AND ".join([*conditions, *bounds])
            terms = order_by(keys_of(model, request.order, part), "t", request.backward)
            queries.append(f"{rows} {where} ORDER BY {terms} LIMIT {limit}")
    if not queries:  # the cursors are in the wrong order
        return f"{rows} {' AND '.join(conditions)} AND FALSE LIMIT {limit}"
    if len(queries) == 1:
        return queries[0]
    return " UNION ALL ".join(f"SELECT * FROM ({sql}) u" for sql in queries) + f" LIMIT {limit}"


def _bounds(
    request: PageRequest, statement: Statement, model: type[Model], part: bool | None
) -> list[str] | None:
    """Return the conditions that a row is in a part of a page; None if no row is."""
    bounds = []
    if part is not None:
        first = order_column(model, request.order[0].field)
        bounds.append(f"t.{first} IS {'' if part else 'NOT '}NULL")
    keys = keys_of(model, request.order, part)
    within = []
    for position, reverse in (
        (request.position, request.backward),
        (request.until, not request.backward),
    ):
        if position is None:
            continue
        if part is None or part == (position[0] is None):
            within.append((position[1:] if part else position, reverse))
        elif part == reverse:  # the other part is before the position or after it as a whole
            return None
    return [*bounds, *(beyond(statement, model, keys, rest, reverse) for rest, reverse in within)]


def _searched(
    source: Source,
    request: PageRequest,
    statement: Statement,
    selection: Selection | Columns,
    search: Search,
    first: str,
    extra: int,
) -> str:
    """Return the query for a page of the records that a search finds.

    For a database that cannot estimate their number: if the ``first`` ones are all, they are
    sorted, and else the order is read until enough are found.
    """
    model, row = source.listing.model, statement.dialect.row
    within = contains(statement, search, "t")
    count = "(SELECT count(*) FROM found)"
    few = [f"t.{row} IN (SELECT found FROM found)"]
    ways = (
        (few if search.exact else [*few, within], f"{count} <= {FEW}"),
        ([within], f"{count} > {FEW}"),
    )
    pages = [
        _page_of(
            source, request, statement, f"t.{row}", _parts(request, model), more, when, extra=extra
        )
        for more, when in ways
    ]
    inner = " UNION ALL ".join(f"SELECT * FROM ({sql}) w" for sql in pages)
    order = order_by(keys_of(model, request.order), "r", request.backward)
    return f"WITH found AS MATERIALIZED ({first}) {_ordered(selection, row, inner, order)}"


def _first_found(statement: Statement, model: type[Model], search: Search) -> str | None:
    """Return the query for the first records that a search finds, if the database needs it."""
    spell, number = statement.dialect, len(statement.parameters) + 1
    first = spell.first_found(table(model).name, search.column, number, FEW + 1)
    if first is not None:
        statement.bind(spell.searched(search.text))
    return first


def _ordered(selection: Selection | Columns, key: str, inner: str, order: str) -> str:
    """Return the query for the rows with the keys that ``inner`` finds, in order."""
    rows = f"SELECT {selection.select('r')} FROM {selection.table.name} r"
    return f"{rows} WHERE r.{key} IN ({inner}) ORDER BY {order}"


def _one_page(request: PageRequest, rows: Sequence[Row]) -> list[Page]:
    return [_page(list(rows), request)]


def _page(rows: list[Row], request: PageRequest) -> Page:
    more = len(rows) > request.size
    visible = rows[: request.size] if more else rows
    return Page(visible[::-1] if request.backward else visible, more)


async def load_counts(source: Source, condition: Condition, keys: Sequence[object]) -> list[int]:
    """Count the records per parent key, or those of the whole list.

    Reads a rollup if one covers the condition, else the records.
    """
    statement = Statement()
    rows, where, count = _counted(source, condition, statement)
    if source.parent is None:
        sql = f"SELECT {count} FROM {rows} WHERE {where}"
        return [(await fetch(sql, statement.parameters))[0][0] or 0]
    owner = source.key()
    among = source.among(statement, keys)
    sql = f"SELECT {owner}, {count} FROM {rows} WHERE {among} AND {where} GROUP BY {owner}"
    counts = {record[0]: record[1] for record in await fetch(sql, statement.parameters)}
    return [counts.get(key, 0) for key in keys]


def count_of(source: Source, condition: Condition, statement: Statement, parent: str | None) -> str:
    """Return the SQL of the number of records, of the parent with the key ``parent``."""
    rows, where, count = _counted(source, condition, statement)
    of_parent = "" if parent is None else f"{source.key()} = {parent} AND "
    return f"coalesce((SELECT {count} FROM {rows} WHERE {of_parent}{where}), 0)"


def _counted(source: Source, condition: Condition, statement: Statement) -> tuple[str, str, str]:
    """Return where records are counted: the rows, the condition and the count."""
    owner = None if source.parent is None else source.key()
    rollup = covering_rollup(source.listing, condition, owner)
    if rollup is None:
        return source.rows(), source.where(statement, condition), "count(*)"
    return rollup.rows, rollup.where(statement), rollup.aggregate(statement, COUNT)
