from tortoise import migrations
from erikti.database.constraints import CreateModel
from erikti.database.fields import Text
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('erikti', '0007_access_identity')]

    initial = False

    operations = [
        CreateModel(
            name='Issuer',
            fields=[
                ('id', Text(primary_key=True, unique=True, db_index=True, max_length=2048)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'issuers', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'A provider whose tokens opened this database.'},
            bases=['Model'],
        ),
    ]
