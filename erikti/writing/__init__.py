"""Writing records: kinds, values, references, people matched and rows stored."""
