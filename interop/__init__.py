"""Interoperability: each claim is proven by a third-party program."""
