"""GraphQL over HTTP: requests, media types, answers and streams."""
