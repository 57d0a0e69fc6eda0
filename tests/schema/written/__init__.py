"""Tests of the responses that the database writes."""
