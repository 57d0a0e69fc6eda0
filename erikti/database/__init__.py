"""The database: connections, both dialects, snapshots, triggers, fields, migrations."""
