"""Change sets, and the version and change set of each record."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from erikti.database.constraints import CreateModel
from erikti.database.fields import Text, Uuid
from erikti.database.together import Together
from models.changes import ChangeKind
from uuid import uuid4
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint

RECORDS = (
    'AwardCategory',
    'AwardEdition',
    'Committee',
    'Consent',
    'Country',
    'Delegate',
    'Delegation',
    'DutyStation',
    'Enquiry',
    'Forum',
    'ForumSession',
    'FrontOffice',
    'GoodDeed',
    'Grant',
    'HostEntity',
    'Nomination',
    'Organisation',
    'Participation',
    'Person',
    'Placement',
    'PlacementReport',
    'Programme',
    'Project',
    'PublishedFigure',
    'Region',
    'SustainableDevelopmentGoal',
    'Volunteer',
)

class Migration(migrations.Migration):
    dependencies = [('erikti', '0013_people_by_age')]

    initial = False

    operations = [
        CreateModel(
            name='ChangeSet',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('position', fields.BigIntField(null=True, unique=True)),
                ('committed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('kind', fields.CharEnumField(description='', enum_type=ChangeKind, max_length=12)),
                ('client', Text(null=True, max_length=200)),
                ('subject', Text(null=True, max_length=200)),
                ('organisation', Text(null=True, max_length=200)),
                ('reason', fields.TextField(null=True, unique=False)),
                ('request_id', Text(null=True, max_length=64)),
                ('import_digest', Text(null=True, max_length=64)),
            ],
            options={'table': 'change_sets', 'app': 'erikti', 'constraints': [CheckConstraint(check="kind IN ('MUTATION', 'IMPORT', 'APPROVAL', 'ERASURE', 'MIGRATION', 'SQL')", name='ck_change_sets_kind')], 'pk_attr': 'id', 'table_description': 'One transaction that changed records; one without a position has not been committed.'},
            bases=['Model'],
        ),
        CreateModel(
            name='ChangedTable',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('change_set', fields.BigIntField()),
                ('name', Text(max_length=63)),
                ('added', fields.BigIntField(db_default=0)),
                ('updated', fields.BigIntField(db_default=0)),
                ('deleted', fields.BigIntField(db_default=0)),
            ],
            options={'table': 'changed_tables', 'app': 'erikti', 'unique_together': (('change_set', 'name'),), 'pk_attr': 'id', 'table_description': 'The number of records of a table that a change set added, updated and deleted.'},
            bases=['Model'],
        ),
        CreateModel(
            name='FeedHead',
            fields=[
                ('id', fields.BigIntField(generated=False, primary_key=True, default=1, unique=True, db_index=True)),
                ('position', fields.BigIntField()),
                ('lineage', Uuid(default=uuid4)),
            ],
            options={'table': 'feed_head', 'app': 'erikti', 'constraints': [CheckConstraint(check='id = 1', name='ck_feed_head_id')], 'pk_attr': 'id', 'table_description': 'The position of the last committed change set. One row.'},
            bases=['Model'],
        ),
        Together(
            *(
                ops.AddField(model_name=model, name=name, field=field)
                for model in RECORDS
                for name, field in (
                    ('change_set', fields.BigIntField(db_default=0)),
                    ('version', fields.IntField(db_default=1)),
                )
            )
        ),
    ]
