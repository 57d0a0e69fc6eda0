"""The SQL that writes pages: one aggregate query for a page of the root or of a parent."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from erikti.database.fields import Uuid
from erikti.database.json_sql import position_value
from erikti.executor import FieldPlan, ScopePlan
from resolvers import cursors, data
from resolvers.connections import PageArguments, page_request
from resolvers.context import Context
from resolvers.dataloaders.conditions import keys_of
from resolvers.dataloaders.identities import STANDS_FOR
from resolvers.dataloaders.keys import person_sql
from resolvers.dataloaders.listings import ANY
from resolvers.dataloaders.pages import count_of, page_rows
from resolvers.dataloaders.tables import table
from schema.engine.written.late import Binding, BoundPage, Late
from schema.engine.written.marks import Cursor, Identified, ListRead, Place, Unfilled
from schema.engine.written.pieces import (
    NotWrittenError,
    Pieces,
    Sql,
    concatenated,
    literal,
    or_null,
)
from schema.engine.written.scopes import Row, Scopes, below, declared

NUMBER = "page_row"  # the column with the number of a row on its page


class Pages:
    """The pages of one compiled operation; ``fields`` are those with a page, by its number."""

    def __init__(self, late: Late) -> None:
        self.fields: list[tuple[FieldPlan, data.Page | data.First]] = []
        self._made: list[_Page] = []
        self._late = late

    def page(
        self, scopes: Scopes, field: FieldPlan, page: data.Page | data.First, parent: Row | None
    ) -> Pieces:
        """Return the pieces of a page, of a parent or of the root."""
        number = len(self.fields)
        self.fields.append((field, page))
        lists = page.lists(scopes.context.loaders)
        key = "id" if isinstance(page, data.First) else page.key
        owner, text = None, "''"
        if parent is not None and key is not None:
            owner = parent.column(key)
            text = scopes.key(parent, key)
        row = Row(lists.listing.model, scopes.alias())
        made = _Page(scopes, self._late, _LatePage(number, row, owner))
        self._made.append(made)
        if isinstance(page, data.First):
            return made.first(field, text)
        made.may_cost = owner is None and lists.may_cost and _is_restricted(scopes, field, page)
        return made.pieces(field, below(field), text)

    def bind(self, number: int, arguments: Mapping[str, Any], context: Context) -> BoundPage | None:
        """Return a page with the arguments of a request; None if it is the executor's.

        Raises an error for an invalid argument.
        """
        (_, page), made = self.fields[number], self._made[number]
        lists = page.lists(context.loaders)
        if isinstance(page, data.First):
            given = page.request
        else:
            given = page_request(context, lists.listing, PageArguments(**arguments), page.scope)
        request = lists.visible(given)
        counted = lists.narrow(given.condition) if made.counts else None
        searched = made.reads and lists.is_paid_search(request)
        nested = lists.source.parent is not None
        # What pages of several parents cost together is known only once all are read.
        if nested and (searched or (counted is not None and lists.is_paid_count(counted))):
            return None
        return BoundPage(lists, given, request, counted, searched)


def place_of(page: BoundPage) -> Place:
    """Return what the marks of a page need to know about it."""
    listing, source = page.lists.listing, page.lists.source
    purpose = cursors.purpose_of(listing, page.request.order)
    how, records = (page.given.condition, source.relation), table(listing.model)
    has_uuids = isinstance(records.field(records.key), Uuid)
    return Place(listing.model, purpose, source, page.request, how, has_uuids)


@dataclass(frozen=True)
class _LatePage:
    """The parts of a page that depend on a request; ``owner`` is the SQL of the parent's key."""

    number: int
    row: Row
    owner: str | None

    def size(self, binding: Binding) -> str:
        """Return the size of the page."""
        return str(binding.pages[self.number].request.size)

    def rows(self, binding: Binding, numbered: bool) -> str:
        """Return the query for the rows."""
        page, used = binding.pages[self.number], self.row.used.keys() - {NUMBER}
        return page_rows(
            page.lists.source, page.request, binding.statement, sorted(used), self.owner, numbered
        )

    def total(self, binding: Binding) -> str:
        """Return the number of records on all pages."""
        page = binding.pages[self.number]
        assert page.counted is not None
        return count_of(page.lists.source, page.counted, binding.statement, self.owner)

    def has(self, binding: Binding, backward: bool) -> str:
        """Return whether there is a page in a direction; cursors are assumed to exist."""
        request = binding.pages[self.number].request
        if request.backward != backward:
            return literal("false" if request.position is None else "true")
        return f"CASE WHEN count(*)>{request.size} THEN 'true' ELSE 'false' END"

    def costs(self, binding: Binding) -> str:
        """Return whether the page costs points, since no more rows were found than it has."""
        page = binding.pages[self.number]
        return f"count(*)<={page.request.size}" if page.searched else "FALSE"

    def identifies(self, binding: Binding) -> str:
        """Return whether the page is filtered or ordered by a field that identifies people."""
        page = binding.pages[self.number]
        return "TRUE" if page.lists.is_identifying(page.given) else "FALSE"

    def position(self, binding: Binding) -> str:
        """Return the JSON of a row's position in the order."""
        sql, order = binding.statement.dialect.json, binding.pages[self.number].request.order
        values = []
        for key in keys_of(self.row.model, order):
            field = table(self.row.model).field(key.column)
            value = position_value(sql, field, f"{self.row.alias}.{key.column}")
            values.append(or_null(value) if field.null else value)
        separator = "||','||"
        return f"'['||{separator.join(values)}||']'"


def _is_restricted(scopes: Scopes, field: FieldPlan, page: data.Page) -> bool:
    """Return whether a page may be of some records of a table only."""
    model = page.lists(scopes.context.loaders).listing.model
    given = {argument.name.value for argument in field.node.arguments or ()}
    return "filter" in given or page.scope != ANY or scopes.policy.of(model) != ANY


class _Page:
    """One page under construction.

    ``counts`` tells whether its total is requested, ``reads`` whether its rows are, and
    ``may_cost`` whether it may cost points that it is not filled.
    """

    def __init__(self, scopes: Scopes, late: Late, page: _LatePage) -> None:
        self.counts = False
        self.reads = False
        self.may_cost = False
        self._scopes = scopes
        self._late = late
        self._page = page
        self._row = page.row
        self._joins = False  # the values of all rows, which makes one of them
        self._numbered = False

    def pieces(self, field: FieldPlan, scope: ScopePlan, owner: str) -> Pieces:
        """Return the pieces of the page; ``owner`` is the text of the parent's key."""
        self._look(scope)
        self._numbered |= self.may_cost
        pieces: Pieces = []
        for n, part in enumerate(scope.all_fields):
            pieces += [f'{"," if n else "{"}"{part.key}":', *self._part(part)]
        pieces = [*self._scopes.weight(scope), *pieces, "}"]
        if not self.reads:
            return pieces
        if self._scopes.policy.is_recorded(self._row.model):
            read = ListRead(len(field.path.as_list()), self._page.number)
            count = self._scopes.sql.code(f"count(*){self._filter()}")
            pieces.insert(0, self._scopes.marks.sql(read, owner, count))
        pieces = [*self._conditional_marks(), *pieces]
        query = self._late.add(partial(self._page.rows, numbered=self._numbered))
        rows = f"({query}) {self._row.alias}{self._scopes.joins(self._row)}"
        if not self._joins:
            pieces.insert(0, Sql("CASE WHEN count(*)<0 THEN '' ELSE '' END"))
        return [Sql(f"(SELECT {concatenated(pieces)} FROM {rows})")]

    def first(self, field: FieldPlan, owner: str) -> Pieces:
        """Return the pieces of the first record; ``owner`` is the text of the parent's key."""
        self.reads = True
        pieces = self._scopes.json_object(below(field), self._row)
        query = self._late.add(partial(self._page.rows, numbered=False))
        missing = [literal("null")]
        if self._scopes.policy.is_recorded(self._row.model):
            # Read with the parents, as a page is not.
            read = ListRead(len(field.path.as_list()) - 1, self._page.number)
            one, none = (self._scopes.marks.sql(read, owner, literal(n)) for n in "10")
            pieces, missing = [one, *pieces], [none, *missing]
        rows = f"({query}) {self._row.alias}{self._scopes.joins(self._row)}"
        return [Sql(f"coalesce((SELECT {concatenated(pieces)} FROM {rows}),{'||'.join(missing)})")]

    def _conditional_marks(self) -> Pieces:
        """Return the marks of what depends on the request."""
        scopes, page, model = self._scopes, self._page, self._row.model
        pieces: Pieces = []
        if self.may_cost:
            costs = literal(scopes.marks.constant(Unfilled(page.number)))
            pieces.append(Sql(f"CASE WHEN {self._late.add(page.costs)} THEN {costs} ELSE '' END"))
        if scopes.policy.reads_personal_data and model in STANDS_FOR:
            person = scopes.sql.uuid(self._row.reads(person_sql(model, self._row.alias)))
            persons = f"coalesce({scopes.sql.joined(person, self._within())},'')"
            mark = scopes.marks.sql(Identified(), persons)
            when = self._late.add(page.identifies)
            pieces.append(Sql(f"CASE WHEN {when} THEN {mark} ELSE '' END"))
        return pieces

    def _look(self, scope: ScopePlan) -> None:
        """Find out which rows the page needs."""
        for part in scope.all_fields:
            if part.node.name.value == "__typename":
                continue
            match declared(part, self._row):
                case data.PagePart.NODES | data.PagePart.EDGES:
                    self.reads = self._joins = True
                case data.PagePart.INFO:
                    self.reads = True
                    names = {inner.node.name.value for inner in below(part).all_fields}
                    self._numbered |= bool(names & {"hasNextPage", "hasPreviousPage"})
                case data.PagePart.TOTAL:
                    self.counts = True
                case _:
                    raise NotWrittenError(part.name)

    def _part(self, part: FieldPlan) -> Pieces:
        if part.node.name.value == "__typename":
            return [f'"{part.scope.type.name}"']
        match declared(part, self._row):
            case data.PagePart.NODES:
                return self._items(self._scopes.json_object(below(part), self._row))
            case data.PagePart.EDGES:
                return self._items(self._edge(below(part)))
            case data.PagePart.INFO:
                return self._info(below(part))
        return [Sql(self._scopes.sql.code(f"({self._late.add(self._page.total)})"))]

    def _items(self, item: Pieces) -> Pieces:
        joined = self._scopes.sql.joined(concatenated(item), self._within())
        return ["[", Sql(f"coalesce({joined},'')"), "]"]

    def _edge(self, scope: ScopePlan) -> Pieces:
        pieces: Pieces = []
        for n, part in enumerate(scope.all_fields):
            pieces.append(f'{"," if n else "{"}"{part.key}":')
            match part.node.name.value:
                case "node":
                    pieces += self._scopes.json_object(below(part), self._row)
                case "cursor":
                    pieces += ['"', self._cursor(), '"']
                case _:
                    pieces.append(f'"{scope.type.name}"')
        return [*pieces, "}"]

    def _info(self, scope: ScopePlan) -> Pieces:
        sql, pieces = self._scopes.sql, Pieces()
        for n, part in enumerate(scope.all_fields):
            pieces.append(f'{"," if n else "{"}"{part.key}":')
            match part.node.name.value:
                case "hasNextPage":
                    pieces.append(Sql(self._late.add(partial(self._page.has, backward=False))))
                case "hasPreviousPage":
                    pieces.append(Sql(self._late.add(partial(self._page.has, backward=True))))
                case "startCursor":
                    first = sql.first(self._cursor(), self._within())
                    pieces.append(or_null(f"""'"'||{first}||'"'"""))
                case "endCursor":
                    last = sql.last(self._cursor(), self._within())
                    pieces.append(or_null(f"""'"'||{last}||'"'"""))
                case _:
                    pieces.append(f'"{scope.type.name}"')
        return [*pieces, "}"]

    def _cursor(self) -> Sql:
        return self._scopes.marks.sql(
            Cursor(self._page.number), self._late.add(self._page.position)
        )

    def _within(self) -> str:
        """Return the condition that a row is not the one after the page."""
        if not self._numbered:
            return ""
        return f"{self._row.column(NUMBER)}<={self._late.add(self._page.size)}"

    def _filter(self) -> str:
        within = self._within()
        return f" FILTER (WHERE {within})" if within else ""
