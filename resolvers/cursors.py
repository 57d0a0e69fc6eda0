"""Cursors: positions in an order, signed so that clients cannot construct them."""

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from hmac import compare_digest

from tortoise.fields import BooleanField, DateField, DatetimeField, Field

from erikti.database.fields import FixedPoint
from erikti.errors import BadUserInputError
from resolvers.dataloaders.listings import Listing, Order
from resolvers.dataloaders.tables import Row, order_column, table
from resolvers.global_ids import key_text

SIGNATURE_SIZE = 12


def encode(key: bytes, listing: Listing, order: Sequence[Order], row: Row) -> str:
    """Return the cursor of a row in a list with this listing and order."""
    values = [getattr(row, order_column(listing.model, term.field)) for term in order]
    values.append(getattr(row, table(listing.model).key))
    return signed(key, purpose_of(listing, order), values)


def signed(key: bytes, purpose: Sequence[str], values: Sequence[object]) -> str:
    """Return the cursor with these values for lists with this purpose."""
    payload = json.dumps([purpose, values], default=key_text, ensure_ascii=False)
    body = payload.encode()
    return base64.urlsafe_b64encode(_sign(key, body) + body).decode().rstrip("=")


def decode(
    key: bytes, listing: Listing, order: Sequence[Order], cursor: str, argument: str
) -> tuple[object, ...]:
    """Return the position that a cursor holds: the order's values and the record's key.

    Raises BadUserInputError if the cursor is invalid or belongs to another list or order.
    """
    values = verified(key, purpose_of(listing, order), cursor, argument)
    records = table(listing.model)
    columns = [*(order_column(listing.model, term.field) for term in order), records.key]
    fields = [records.field(column) for column in columns]
    return tuple(_value(field, value) for field, value in zip(fields, values, strict=True))


def verified(
    key: bytes, purpose: Sequence[str], cursor: str, argument: str
) -> list[str | int | None]:
    """Return the values of a cursor; raises BadUserInputError if it has another purpose."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError) as error:
        raise BadUserInputError(argument, "this is not a valid cursor") from error
    signature, body = raw[:SIGNATURE_SIZE], raw[SIGNATURE_SIZE:]
    if not compare_digest(signature, _sign(key, body)):
        raise BadUserInputError(argument, "this is not a valid cursor")
    found, values = json.loads(body)
    if found != purpose:
        raise BadUserInputError(argument, "this cursor belongs to another list or order")
    return list(values)


def purpose_of(listing: Listing, order: Sequence[Order]) -> list[str]:
    """Return what the cursors of a list in an order are good for."""
    return [listing.name, *(f"{'-' if term.descending else ''}{term.field}" for term in order)]


def _sign(key: bytes, body: bytes) -> bytes:
    return blake2b(body, digest_size=SIGNATURE_SIZE, key=key, person=b"erikti.cursor").digest()


def _value(field: Field[object], value: str | int | None) -> object:
    if value is None or isinstance(field, BooleanField):
        return value
    if isinstance(field, DatetimeField):
        return datetime.fromisoformat(str(value))
    if isinstance(field, DateField):
        return date.fromisoformat(str(value))
    return Decimal(value) if isinstance(field, FixedPoint) else value
