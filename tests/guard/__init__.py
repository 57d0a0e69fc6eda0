"""Limits, costs and budgets."""
