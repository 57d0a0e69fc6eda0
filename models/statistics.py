"""Figures published by the ministry, for comparison with the counted ones."""

from tortoise.fields import BigIntField, IntField

from erikti.database.fields import Text
from models.base import Versioned


class PublishedFigure(Versioned):
    """One published figure: a number, a range ``low..high`` or words."""

    id = BigIntField(primary_key=True, generated=True)
    code = Text(max_length=64)
    year = IntField()
    value = Text(max_length=100)
    note = Text(max_length=300)
    source = Text(max_length=300)

    class Meta:
        table = "published_figures"
        unique_together = (("code", "year"),)
        indexes = [("year", "code")]
