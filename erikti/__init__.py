"""The machine behind the schema: settings, database, serving, endpoint, guards, access log."""
