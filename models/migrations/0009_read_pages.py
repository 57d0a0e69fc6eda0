from tortoise import migrations
from tortoise.migrations import operations as ops
from erikti.database.fields import Text
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0008_issuers')]

    initial = False

    operations = [
        ops.AddField(
            model_name='AccessRecord',
            name='filter_hash',
            field=Text(null=True, max_length=32),
        ),
        ops.AddField(
            model_name='AccessRecord',
            name='record_count',
            field=fields.BigIntField(null=True),
        ),
    ]
