"""GraphQL over WebSocket: sockets and the protocol graphql-transport-ws."""
