"""Values, identifiers, people matched, rows stored."""
