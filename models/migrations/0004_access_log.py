from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.insert_only import InsertOnly
from models.access import Decision
from erikti.database.fields import (Text, Uuid)
from tortoise.fields.base import OnDelete
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('erikti', '0003_sealing')]

    initial = False

    operations = [
        CreateModel(
            name='AccessRecord',
            fields=[
                ('id', Uuid(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('writer', Uuid()),
                ('sequence', fields.BigIntField()),
                ('recorded_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('decision', fields.CharEnumField(description='', enum_type=Decision, max_length=8)),
                ('request_id', Text(null=True, max_length=64)),
                ('client', Text(null=True, max_length=200)),
                ('subject', Text(null=True, max_length=200)),
                ('organisation', Text(null=True, max_length=200)),
                ('country', Text(null=True, max_length=2)),
                ('purpose', Text(null=True, max_length=200)),
                ('operation', Text(null=True, max_length=128)),
                ('coordinates', fields.TextField(unique=False)),
                ('person_count', fields.BigIntField()),
                ('previous_hash', fields.BinaryField()),
                ('hash', fields.BinaryField()),
            ],
            options={'table': 'access_records', 'app': 'erikti', 'unique_together': (('writer', 'sequence'),), 'constraints': [CheckConstraint(check="decision IN ('ALLOWED', 'WITHHELD', 'REFUSED', 'OPENED')", name='ck_access_records_decision')], 'indexes': [Index(fields=['recorded_at', 'id'])], 'pk_attr': 'id', 'table_description': 'One entry of the access log.'},
            bases=['Record'],
        ),
        CreateModel(
            name='AccessPerson',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('record', fields.ForeignKeyField('erikti.AccessRecord', source_field='record_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('person_hash', Uuid()),
            ],
            options={'table': 'access_persons', 'app': 'erikti', 'unique_together': (('record_id', 'person_hash'),), 'indexes': [Index(fields=['person_hash', 'record_id'])], 'pk_attr': 'id', 'table_description': 'A person whom an entry is about, as a keyed hash of their id.'},
            bases=['Model'],
        ),
        InsertOnly('access_records', [('id',), ('writer', 'sequence')]),
        InsertOnly('access_persons', [('id',), ('record_id', 'person_hash')]),
    ]
