import re

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.migrations.operations import TortoiseOperation
from tortoise.transactions import in_transaction
from erikti.database.fields import Text
from erikti.database.sealed import Sealed

# The columns as 0001 made them, and as they are from here on.
SQLITE = (
    (r'"iin" VARCHAR\(12\)\s+UNIQUE', '"iin" TEXT'),
    (r'"email" VARCHAR\(254\)', '"email" TEXT'),
    (r'"phone" VARCHAR\(20\)', '"phone" TEXT'),
    (r'CONSTRAINT "ck_people_iin" CHECK \(length\(iin\) = 12\)', '"iin_hash" VARCHAR(32) UNIQUE'),
)
BACK = (
    (r'"iin" TEXT', '"iin" VARCHAR(12)  UNIQUE'),
    (r'"email" TEXT', '"email" VARCHAR(254)'),
    (r'"phone" TEXT', '"phone" VARCHAR(20)'),
    (r'"iin_hash" VARCHAR\(32\) UNIQUE', 'CONSTRAINT "ck_people_iin" CHECK (length(iin) = 12)'),
)
POSTGRES = (
    'ALTER TABLE people DROP CONSTRAINT ck_people_iin, ALTER iin TYPE TEXT, '
    'ALTER email TYPE TEXT, ALTER phone TYPE TEXT, ADD iin_hash VARCHAR(32) COLLATE "C" UNIQUE',
    # The unique constraint on the IIN; its name is the database's choice.
    """DO $$ DECLARE found text; BEGIN
    SELECT conname INTO found FROM pg_constraint c WHERE contype = 'u' AND conrelid = 'people'::regclass
    AND conkey = ARRAY(SELECT attnum FROM pg_attribute WHERE attrelid = conrelid AND attname = 'iin');
    EXECUTE format('ALTER TABLE people DROP CONSTRAINT %I', found); END $$""",
)
POSTGRES_BACK = (
    'ALTER TABLE people DROP iin_hash, ALTER iin TYPE VARCHAR(12) COLLATE "C", '
    'ALTER email TYPE VARCHAR(254) COLLATE "C", ALTER phone TYPE VARCHAR(20) COLLATE "C", '
    'ADD UNIQUE (iin), ADD CONSTRAINT ck_people_iin CHECK (length(iin) = 12)',
)

# Values of before stand under the key that is none, until they are sealed.
KEYS = (
    'CREATE TABLE sealing_keys (id VARCHAR(16) {collation} NOT NULL PRIMARY KEY, proof VARCHAR(64) {collation} NOT NULL)',
    "INSERT INTO sealing_keys (id, proof) SELECT 'plain', '' WHERE EXISTS "
    "(SELECT 1 FROM people WHERE coalesce(iin, email, phone) IS NOT NULL)",
)
KEYS_BACK = ('DROP TABLE sealing_keys',)


class SealPeople(TortoiseOperation):
    """Make room for sealed values; what is there already is sealed afterwards, with the keys.

    SQLite cannot drop a unique column or a check, so its table is made anew, and without
    foreign keys for the time: to drop a table deletes what refers to it. That is why the
    migration is not one transaction, but this operation is one, and knows whether it was done.
    """

    changes = (
        ops.RemoveConstraint('Person', name='ck_people_iin'),
        ops.AlterField('Person', 'iin', Sealed(null=True)),
        ops.AddField('Person', 'iin_hash', Text(null=True, unique=True, max_length=32)),
        ops.AlterField('Person', 'email', Sealed(null=True)),
        ops.AlterField('Person', 'phone', Sealed(null=True)),
        ops.CreateModel(
            name='SealingKey',
            fields=[
                ('id', Text(primary_key=True, unique=True, db_index=True, max_length=16)),
                ('proof', Text(max_length=64)),
            ],
            options={'table': 'sealing_keys', 'app': 'erikti', 'pk_attr': 'id', 'table_description': 'A key that values may be sealed under, or made hashes with; its proof tells it from others.'},
            bases=['Model'],
        ),
    )

    def describe(self):
        return 'Make room for sealed values of people'

    def state_forward(self, app_label, state):
        for change in self.changes:
            change.state_forward(app_label, state)

    async def database_forward(self, app_label, old_state, new_state, state_editor=None):
        if state_editor is None:
            return
        client = state_editor.client
        if 'iin_hash' in await columns(client):
            return
        if client.capabilities.dialect == 'sqlite':
            await remade(client, SQLITE, [sql.format(collation='') for sql in KEYS])
        else:
            await done(client, (*POSTGRES, *(sql.format(collation='COLLATE "C"') for sql in KEYS)))

    async def database_backward(self, app_label, old_state, new_state, state_editor=None):
        if state_editor is None:
            return
        client = state_editor.client
        if 'iin_hash' not in await columns(client):
            return
        held = 'SELECT 1 FROM people WHERE coalesce(iin, email, phone) IS NOT NULL LIMIT 1'
        if (await client.execute_query(held))[1]:
            raise ValueError('sealed values cannot go back: restore a backup')
        if client.capabilities.dialect == 'sqlite':
            await remade(client, BACK, KEYS_BACK)
        else:
            await done(client, (*POSTGRES_BACK, *KEYS_BACK))


async def columns(client):
    """The names of the columns of people."""
    if client.capabilities.dialect == 'sqlite':
        return {row[1] for row in (await client.execute_query('PRAGMA table_info(people)'))[1]}
    sql = "SELECT attname FROM pg_attribute WHERE attrelid = 'people'::regclass AND NOT attisdropped"
    return {row[0] for row in (await client.execute_query(sql))[1]}


async def done(client, statements):
    """Run statements in one transaction."""
    async with in_transaction(client.connection_name) as inner:
        for sql in statements:
            await inner.execute_query(sql)


async def remade(client, edits, more):
    """Make SQLite's table of people anew, its declaration edited, with indexes and triggers."""

    async def run(sql):
        return (await client.execute_query(sql))[1]

    await run('PRAGMA foreign_keys = OFF')
    try:
        await run('BEGIN IMMEDIATE')
        try:
            ((made,),) = await run("SELECT sql FROM sqlite_master WHERE name = 'people'")
            around = await run(
                "SELECT sql FROM sqlite_master WHERE tbl_name = 'people' AND type <> 'table' AND sql IS NOT NULL"
            )
            before = await columns(client)
            for pattern, text in edits:
                made, count = re.subn(pattern, text, made)
                assert count == 1, pattern
            await run(ordered(made).replace('CREATE TABLE "people"', 'CREATE TABLE "people_anew"', 1))
            kept = ', '.join(f'"{row[1]}"' for row in await run('PRAGMA table_info(people_anew)') if row[1] in before)
            await run(f'INSERT INTO people_anew (rowid, {kept}) SELECT rowid, {kept} FROM people')
            await run('DROP TABLE people')
            await run('ALTER TABLE people_anew RENAME TO people')
            for sql in (*(row[0] for row in around), *more):
                await run(sql)
            assert not await run('PRAGMA foreign_key_check')
            await run('COMMIT')
        except BaseException:
            await run('ROLLBACK')
            raise
    finally:
        await run('PRAGMA foreign_keys = ON')


def ordered(made):
    """A declaration with its constraints behind its columns, as SQLite wants them."""
    head, _, body = made.partition('(')
    lines = [line.strip().rstrip(',') for line in body.rstrip().removesuffix(')').strip().split(',\n')]
    lines.sort(key=lambda line: line.startswith('CONSTRAINT'))
    return f'{head}(\n    ' + ',\n    '.join(lines) + '\n)'


class Migration(migrations.Migration):
    dependencies = [('erikti', '0002_rollups')]

    initial = False
    atomic = False

    operations = [
        SealPeople(),
    ]
