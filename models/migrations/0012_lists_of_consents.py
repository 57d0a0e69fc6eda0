"""Index the lists of consents and of sources of people."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('erikti', '0011_dimensions')]

    initial = False

    operations = [
        ops.AddIndex(
            model_name='Consent',
            index=Index(fields=['purpose', 'id']),
        ),
        ops.AddIndex(
            model_name='Consent',
            index=Index(fields=['given_on', 'id']),
        ),
        ops.AddIndex(
            model_name='Consent',
            index=Index(fields=['person_id', 'given_on', 'id']),
        ),
        ops.AddIndex(
            model_name='PersonSource',
            index=Index(fields=['system', 'id']),
        ),
        ops.AddIndex(
            model_name='PersonSource',
            index=Index(fields=['person_id', 'system', 'id']),
        ),
    ]
