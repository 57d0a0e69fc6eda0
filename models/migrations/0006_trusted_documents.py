from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.fields import (Text, Uuid)
from uuid_utils.compat import uuid7
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('erikti', '0005_consents')]

    initial = False

    operations = [
        CreateModel(
            name='TrustedDocument',
            fields=[
                ('id', Uuid(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('sha256', Text(max_length=64)),
                ('client', Text(max_length=200)),
                ('text', fields.TextField(unique=False)),
                ('operations', fields.TextField(unique=False)),
                ('published_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'trusted_documents', 'app': 'erikti', 'unique_together': (('sha256', 'client'),), 'constraints': [CheckConstraint(check='length(sha256) = 64', name='ck_trusted_documents_sha256')], 'pk_attr': 'id', 'table_description': 'A document published for one client, or for everyone.'},
            bases=['Record'],
        ),
    ]
