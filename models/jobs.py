"""Background jobs."""

from tortoise.fields import DatetimeField, IntField
from tortoise.models import Model

from erikti.database.fields import Text


class Job(Model):
    """A kind of background work: when it is due, until when a process does it, how it went."""

    kind = Text(max_length=32, primary_key=True)
    due_at = DatetimeField()
    leased_until = DatetimeField(null=True)
    attempts = IntField(db_default=0)
    last_error = Text(max_length=200, null=True)
    done_at = DatetimeField(null=True)

    class Meta:
        table = "jobs"
