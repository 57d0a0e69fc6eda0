"""Tests of the executor, compared with graphql-core's as the oracle."""
