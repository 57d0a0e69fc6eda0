"""Builders of the types: fields, connections, filters, groups, inputs and permissions."""
