"""The fast path: known requests are answered before the middleware."""
