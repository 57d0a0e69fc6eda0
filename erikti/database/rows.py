"""Rows as the drivers return them."""

from collections.abc import Sequence

# Values by position, each of the type that the driver has for its column.
Row = Sequence[object]
