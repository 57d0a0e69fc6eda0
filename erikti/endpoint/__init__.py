"""GraphQL over HTTP and WebSocket: operations from bytes to bytes, past all guards."""
