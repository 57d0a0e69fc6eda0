from tortoise import migrations
from tortoise.migrations import operations as ops
from erikti.database.fields import Text
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0014_change_sets')]

    initial = False

    operations = [
        ops.CreateModel(
            name='FieldSource',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('erikti.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('field', Text(max_length=20)),
                ('system', Text(max_length=32)),
            ],
            options={'table': 'field_sources', 'app': 'erikti', 'unique_together': (('person', 'field'),), 'pk_attr': 'id', 'table_description': "The system that supplied a person's value, unless it is the one that recorded them first."},
            bases=['Model'],
        ),
    ]
