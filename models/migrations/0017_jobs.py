from tortoise import migrations
from tortoise.migrations import operations as ops
from erikti.database.fields import Text
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0016_lanes')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Job',
            fields=[
                ('kind', Text(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('leased_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('attempts', fields.IntField(db_default=0)),
                ('last_error', Text(null=True, max_length=200)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'jobs', 'app': 'erikti', 'pk_attr': 'kind', 'table_description': 'A kind of background work: when it is due, until when a process does it, how it went.'},
            bases=['Model'],
        ),
    ]
