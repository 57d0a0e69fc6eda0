"""Web pages: the GraphiQL console."""
