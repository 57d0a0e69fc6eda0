from tortoise import migrations
from tortoise.migrations import operations as ops
from erikti.database.fields import Text
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0017_jobs')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Suppression',
            fields=[
                ('hash', Text(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('added_on', fields.DateField()),
                ('reason', Text(max_length=200)),
            ],
            options={'table': 'suppressions', 'app': 'erikti', 'pk_attr': 'hash', 'table_description': 'An entry: the hash of an IIN or an identifier, or that of ``PROOF``.'},
            bases=['Model'],
        ),
    ]
