"""An identity provider on loopback whose keys, responses and faults tests can set."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

AUDIENCE = "urn:erikti:api"
SIGNERS = {"RS256": "rsa", "PS256": "rsa", "ES256": "ec", "Ed25519": "ed"}


def new_keys(generation: str = "") -> dict[str, Key]:
    """One private key of each kind."""
    made: list[Key] = [
        RSAKey.generate_key(2048, {"kid": f"rsa{generation}", "use": "sig"}),
        ECKey.generate_key("P-256", {"kid": f"ec{generation}"}),
        OKPKey.generate_key("Ed25519", {"kid": f"ed{generation}"}),
    ]
    return dict(zip(("rsa", "ec", "ed"), made, strict=True))


class Issuer:
    """A provider: what it publishes, the requests that it received, and what it signs."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys = new_keys()
        self.extra: list[Any] = []
        self.status = 200
        self.delay = 0.0
        self.drip = 0.0
        self.discovery: dict[str, Any] = {"issuer": url, "jwks_uri": f"{url}/jwks"}
        self.asked: Counter[str] = Counter()

    def answer(self, path: str) -> bytes:
        """The body for a path."""
        self.asked[path] += 1
        time.sleep(self.delay)
        if path.endswith("openid-configuration"):
            return json.dumps(self.discovery).encode()
        keys = [key.as_dict(private=False) for key in self.keys.values()]
        return json.dumps({"keys": [*self.extra, *keys]}).encode()

    def claims(self, **others: Any) -> dict[str, Any]:
        """Return the claims of a valid token with changes; a claim that is None is omitted."""
        now = int(time.time())
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + 600,
            "jti": str(uuid4()),
            "sub": "ministry-7",
            "client_id": "registry",
            "scope": "people:read volunteers:read",
            "erikti_role": "ministry",
            "erikti_country": "KZ",
        }
        return {name: value for name, value in (good | others).items() if value is not None}

    def token(
        self,
        algorithm: str = "RS256",
        header: Mapping[str, Any] | None = None,
        key: Key | None = None,
        **claims: Any,
    ) -> str:
        """Return a token that is valid except for these changes."""
        key = key or self.keys[SIGNERS[algorithm]]
        told = {"alg": algorithm, "typ": "at+jwt", "kid": key.kid} | dict(header or {})
        told = {name: value for name, value in told.items() if value is not None}
        return sign(
            json.dumps(told).encode(), json.dumps(self.claims(**claims)).encode(), key, algorithm
        )


def sign(header: bytes, payload: bytes, key: Key, algorithm: str) -> str:
    """Sign two arbitrary texts."""
    signed = urlsafe_b64encode(header) + b"." + urlsafe_b64encode(payload)
    signature = JWSRegistry.algorithms[algorithm].sign(signed, key)
    return (signed + b"." + urlsafe_b64encode(signature)).decode()


@contextmanager
def running() -> Iterator[Issuer]:
    """A provider on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = issuer.answer(self.path)
            self.send_response(issuer.status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if not issuer.drip:
                self.wfile.write(body)
                return
            with suppress(ConnectionError):
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(issuer.drip)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
