"""What callers may cost, before and while it runs; receives values, knows no domain."""
