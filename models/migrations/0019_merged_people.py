from tortoise import migrations
from tortoise.migrations import operations as ops
from erikti.database.fields import Uuid
from erikti.database.sealed import Sealed
from tortoise.fields.base import OnDelete
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('erikti', '0018_suppressions')]

    initial = False

    operations = [
        ops.CreateModel(
            name='MergedPerson',
            fields=[
                ('id', Uuid(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('erikti.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('change_set', fields.BigIntField()),
                ('details', Sealed(unique=False)),
                ('moved', fields.TextField(unique=False)),
            ],
            options={'table': 'merged_people', 'app': 'erikti', 'indexes': [Index(fields=['person_id', 'id'])], 'pk_attr': 'id', 'table_description': 'A record of a person that was merged into another record, and was deleted there.'},
            bases=['Model'],
        ),
    ]
