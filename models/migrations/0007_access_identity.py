from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.insert_only import InsertOnly
from erikti.database.fields import Uuid
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('erikti', '0006_trusted_documents')]

    initial = False

    operations = [
        CreateModel(
            name='AccessIdentity',
            fields=[
                ('id', fields.BigIntField(generated=False, default=1, primary_key=True, unique=True, db_index=True)),
                ('database', Uuid(default=uuid7)),
            ],
            options={'table': 'access_identity', 'app': 'erikti', 'constraints': [CheckConstraint(check='id = 1', name='ck_access_identity_id')], 'pk_attr': 'id', 'table_description': 'Which database this is, drawn once: checkpoints of the access log name it. One row.'},
            bases=['Model'],
        ),
        InsertOnly('access_identity', [('id',)]),
    ]
