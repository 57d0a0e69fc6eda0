"""A running server for other tools."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from erikti.auth.demo import DemoKeys
from erikti.settings import AUDIENCE


@dataclass(frozen=True)
class Service:
    """A running server: its address, and the folder with its data."""

    client: httpx.Client
    data: Path

    @property
    def url(self) -> str:
        """Return the endpoint."""
        return f"{str(self.client.base_url).rstrip('/')}/graphql"

    def token(self, role: str, **bounds: str) -> str:
        """Return an access token of a role."""
        return DemoKeys(self.data).token(role, AUDIENCE, bounds, 3600)

    def ask(self, text: str, **variables: Any) -> Any:
        """Return the data of an operation, sent by POST without a token."""
        body = {"query": text, "variables": variables}
        answer = self.client.post("/graphql", json=body).json()
        assert "errors" not in answer, answer
        return answer["data"]
