"""Tests of the fast path: each asserts which way its requests took."""
