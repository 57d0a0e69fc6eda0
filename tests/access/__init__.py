"""Access control: permissions, row-level access, withheld data and the access log."""
