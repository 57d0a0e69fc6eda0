"""What the types are made of: fields, connections, filters, groups, inputs, permissions."""
