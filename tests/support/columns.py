"""What the declarations of tests/test_typed_columns.py are made of besides columns."""

from resolvers.relations import BatchResolver

RESOLVE: BatchResolver
