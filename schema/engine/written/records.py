"""Fields of the root with records of any type by their keys: node, nodes and entities."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from graphql import GraphQLError

from erikti.errors import BadUserInputError
from erikti.executor import FieldPlan
from resolvers import data
from resolvers.context import Context
from resolvers.federation import entity_key
from resolvers.global_ids import NODES, parse_id
from resolvers.keys import checked_key
from resolvers.queries import MAX_IDS
from schema.engine.written.pieces import NotWrittenError
from schema.engine.written.scopes import declared
from schema.engine.written.template import (
    NULL,
    Reading,
    Ready,
    RecordsTemplate,
    UnboundError,
    Variables,
)

# The type of a record, the column of its key, and the key.
Wanted = tuple[str, str, Any]
Templates = dict[tuple[str, str, str], RecordsTemplate]


# Returns the statement that finds some records of a type by the values of a column.
Find = Callable[[str, str, Sequence[object]], tuple[RecordsTemplate, Ready]]


class Records:
    """The records that one field of the root requests; ``statements`` find them, one by type."""

    def __init__(self, field: FieldPlan, wanted: Sequence[Wanted], find: Find) -> None:
        self._field = field
        self._kind = declared(field)
        self._wanted = wanted
        keys: dict[tuple[str, str], dict[Any, None]] = {}
        for name, column, key in wanted:
            keys.setdefault((name, column), {})[key] = None
        self._groups = list(keys)
        self.statements = [find(*group, list(several)) for group, several in keys.items()]

    def read(self, results: Sequence[Sequence[Sequence[Any]]], reading: Reading) -> None:
        """Read the value of the field from the rows of its statements."""
        if len(self.statements) == 1:
            ((template, ready),), (rows,) = self.statements, results
            texts = dict(map(tuple, rows))
            written = self._joined([texts.get(key, NULL) for _, _, key in self._wanted])
            text = reading.without_marks(written, template.marks, ready.places)
        else:
            text = self._joined(list(self._each(results, reading)))
        reading.put(self._field, text)

    def _each(
        self, results: Sequence[Sequence[Sequence[Any]]], reading: Reading
    ) -> Iterator[bytes]:
        """Yield the JSON of each record, from the rows of several statements."""
        found = {
            group: (dict(map(tuple, rows)), template.marks, ready.places)
            for group, (template, ready), rows in zip(
                self._groups, self.statements, results, strict=True
            )
        }
        for name, column, key in self._wanted:
            written, marks, places = found[name, column]
            # Marks count again for a record that is requested twice.
            yield reading.without_marks(written.get(key, NULL), marks, places)

    def _joined(self, texts: Sequence[bytes]) -> bytes:
        return texts[0] if self._kind is data.ByKeys.NODE else b"[" + b",".join(texts) + b"]"


def records(
    field: FieldPlan, context: Context, variables: Variables, templates: Templates
) -> Records:
    """Return the records that a field requests.

    ``templates`` are the compiled statements by field, type and column. Raises UnboundError if the
    executor has to resolve the field.
    """

    def find(name: str, column: str, keys: Sequence[object]) -> tuple[RecordsTemplate, Ready]:
        place = (field.key, name, column)
        if place not in templates:
            try:
                templates[place] = RecordsTemplate(field, name, column, context, variables)
            except NotWrittenError:
                raise UnboundError(field) from None
        return templates[place], templates[place].bind(context, variables, keys)

    try:
        found = list(wanted(declared(field), field.arguments.values(variables)))
    except GraphQLError:  # the executor words it
        raise UnboundError(field) from None
    return Records(field, found, find)


def wanted(kind: data.Data, arguments: Mapping[str, Any]) -> Iterator[Wanted]:
    """Yield the records that the arguments name; raises BadUserInputError."""
    match kind:
        case data.ByKeys.NODE:
            yield _by_id(arguments["id"], "id")
        case data.ByKeys.NODES:
            if len(arguments["ids"]) > MAX_IDS:
                raise BadUserInputError("ids", f"at most {MAX_IDS} IDs")
            for n, value in enumerate(arguments["ids"]):
                yield _by_id(value, f"ids.{n}")
        case _:
            for n, item in enumerate(arguments["representations"]):
                place = f"representations.{n}"
                if not isinstance(item, Mapping) or "source" in item:
                    raise BadUserInputError(place, "the executor finds it")
                name, key = entity_key(item, place)
                yield name, *checked_key(name, key, item[key], f"{place}.{key}")


def _by_id(value: str, place: str) -> Wanted:
    name, key = parse_id(value, place)
    return name, NODES[name].model._meta.db_pk_column, key
