"""Responses that the database writes as JSON, one statement for an operation of declared fields.

The executor stays the general way: it resolves what is not declared, and does over what is not
ordinary, so that the rules of nulls and errors exist once.
"""
