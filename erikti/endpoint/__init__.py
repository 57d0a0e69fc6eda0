"""GraphQL over HTTP and WebSocket: from the bytes of a request to those of its response."""
