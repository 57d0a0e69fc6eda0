from uuid_utils.compat import uuid7

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint
from erikti.database.constraints import CreateModel
from erikti.database.fields import (Text, Uuid)
from models.people import Purpose

# No import brought what was there before; its own id tells such a record from others.
KEPT = 'id, person_id, purpose, recipient_country_id, given_on, expires_on, withdrawn_on'
OWN_ID = {'sqlite': 'lower(hex(id))', 'postgres': "replace(id::text, '-', '')"}


async def put_back(apps, editor):
    """Bring the records into the new table, with a source; a purpose unknown to it ends all."""
    source_id = OWN_ID[editor.client.capabilities.dialect]
    await editor.client.execute_query(
        f"INSERT INTO consents (source_system, source_id, {KEPT}) "
        f"SELECT 'ERIKTI', {source_id}, {KEPT} FROM consents_before"
    )
    await editor.client.execute_query('DROP TABLE consents_before')


class Migration(migrations.Migration):
    """The table is made anew: SQLite could not give the old one its constraints."""

    dependencies = [('erikti', '0004_access_log')]

    initial = False

    operations = [
        ops.RunSQL('CREATE TABLE consents_before AS SELECT * FROM consents'),
        ops.DeleteModel('Consent'),
        CreateModel(
            name='Consent',
            fields=[
                ('id', Uuid(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('source_system', Text(max_length=32)),
                ('source_id', Text(max_length=64)),
                ('person', fields.ForeignKeyField('erikti.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('purpose', fields.CharEnumField(description='', enum_type=Purpose, max_length=24)),
                ('recipient_country', fields.ForeignKeyField('erikti.Country', source_field='recipient_country_id', db_constraint=True, to_field='code', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('given_on', fields.DateField()),
                ('expires_on', fields.DateField()),
                ('withdrawn_on', fields.DateField(null=True)),
            ],
            options={'table': 'consents', 'app': 'erikti', 'unique_together': (('source_system', 'source_id'),), 'constraints': [CheckConstraint(check="purpose IN ('REGISTRATION', 'FORUM_PARTICIPATION', 'UN_PLACEMENT', 'AWARD_ASSESSMENT', 'EMERGENCY', 'STATUTORY_DUTY', 'DATA_SUBJECT_REQUEST')", name='ck_consents_purpose'), CheckConstraint(check='expires_on >= given_on', name='ck_consents_expiry'), CheckConstraint(check='withdrawn_on >= given_on', name='ck_consents_withdrawal')], 'indexes': [Index(fields=['person_id', 'purpose', 'recipient_country_id']), Index(fields=['recipient_country_id', 'id'])], 'pk_attr': 'id', 'table_description': "A person's consent to give personal data away for one purpose and recipient."},
            bases=['Sourced'],
        ),
        ops.RunPython(put_back),
    ]
