"""The SQL that writes who a record is about: names, parties and sources.

Whom a field identifies is marked for the access log, and what it withholds for the caller.
"""

from collections.abc import Mapping

from graphql import GraphQLUnionType

from erikti.executor import FieldPlan
from models.people import Person
from resolvers import data
from resolvers.dataloaders.conditions import holds
from resolvers.dataloaders.found import OneBy
from resolvers.dataloaders.keys import person_sql, source_known
from resolvers.dataloaders.listings import NOTHING
from resolvers.personal_policy import PARTIES
from schema.building.sources import SOURCE_COLUMNS
from schema.engine.written.marks import Noted, Withheld, WithheldSource
from schema.engine.written.pieces import (
    NotWrittenError,
    Pieces,
    Sql,
    concatenated,
    literal,
    or_null,
)
from schema.engine.written.scopes import Row, Scopes, Writer, below


def _public_name(scopes: Scopes, field: FieldPlan, name: data.PublicName, row: Row) -> Pieces:
    """Return a name, if the caller may know those of all people whom it sees."""
    policy, leaf = scopes.policy, scopes.leaf(field, row, name.column)
    if policy.own(Person) == NOTHING:
        return [leaf]
    if not policy.may_identify or policy.principal.person is not None:
        raise NotWrittenError(field.name)
    return [scopes.marks.sql(Noted(field.name), scopes.key(row)), leaf]


def _identifying(
    scopes: Scopes, field: FieldPlan, identifying: data.Identifying, row: Row
) -> Pieces:
    """Return a record or a page, after the mark of the person."""
    noted = scopes.marks.sql(Noted(field.name), scopes.key(row, identifying.person))
    return [noted, *scopes.value(field, identifying.inner, row)]


def _disclosed(scopes: Scopes, field: FieldPlan, disclosed: data.Disclosed, row: Row) -> Pieces:
    """Return a person; that one is withheld is marked too."""
    finds, key = disclosed.inner.found, disclosed.inner.key
    if not isinstance(finds, OneBy):
        raise NotWrittenError(field.name)
    noted = scopes.marks.sql(Noted(field.name), scopes.key(row, key))
    found = scopes.record(field, below(field), finds, row, row.column(key), [noted])
    withheld = literal(scopes.marks.constant(Withheld(field.name)) + "null")
    return [Sql(f"coalesce({found},{withheld})")]


def _either(scopes: Scopes, field: FieldPlan, either: data.Either, row: Row) -> Pieces:
    """Return a person or an organisation; whose a record is may be known or withheld."""
    if not isinstance(field.abstract_type, GraphQLUnionType):
        raise NotWrittenError(field.name)
    person = row.column(either.person)
    public = row.reads(holds(scopes.statement, row.model, either.public, row.alias))
    private = f"{person} IS NOT NULL AND NOT {public}"
    if scopes.policy.may_identify:
        sign: str = scopes.marks.sql(Noted(field.name), scopes.key(row, either.person))
        shown = person
    else:
        sign = literal(scopes.marks.constant(Withheld(field.name)))
        shown = f"CASE WHEN {public} THEN {person} END"
    members = {type_.name: field.below(type_) for type_ in field.abstract_type.types}
    found = [
        scopes.record(field, members[finds.model.__name__], finds, row, key)
        for finds, key in zip(PARTIES, (shown, row.column(either.organisation)), strict=True)
    ]
    return [
        Sql(f"CASE WHEN {private} THEN {sign} ELSE '' END"),
        or_null(f"coalesce({','.join(found)})"),
    ]


def _source(scopes: Scopes, field: FieldPlan, _: data.SourceOfPerson, row: Row) -> Pieces:
    """Return the source of a record; its identifier is null if the caller may not know it."""
    part = row.part(SOURCE_COLUMNS.columns)
    system = row.column(SOURCE_COLUMNS.columns["system"])
    known = source_known(scopes.policy, scopes.statement, row.model, system, row.alias)
    known = f"({row.reads(known)})"
    pieces: Pieces = []
    for n, inner in enumerate(below(field).all_fields):
        pieces.append(f'{"," if n else "{"}"{inner.key}":')
        written = concatenated(scopes.field(inner, part))
        if inner.node.name.value == "identifier":
            pieces.append(or_null(f"CASE WHEN {known} THEN {written} END"))
        else:
            pieces.append(Sql(written))
    person = row.reads(person_sql(row.model, row.alias))
    withheld = literal(scopes.marks.constant(WithheldSource(field.name)))
    noted = scopes.marks.sql(Noted(field.name), scopes.sql.uuid(person))
    sign = (
        f"CASE WHEN NOT {known} THEN {withheld} WHEN {person} IS NOT NULL THEN {noted} ELSE '' END"
    )
    return [Sql(sign), *pieces, "}"]


WRITERS: Mapping[type[data.Data], Writer] = {
    data.PublicName: _public_name,
    data.Identifying: _identifying,
    data.Disclosed: _disclosed,
    data.Either: _either,
    data.SourceOfPerson: _source,
}
