"""Writing of imported records: kinds, values, references, matching of people, storage."""
