"""Demo mode: tokens signed by the server itself if no identity provider is set."""

import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import Key

from erikti.auth.claims import PREFIX, principal
from erikti.auth.demo_key import LIFETIME, demo_key
from erikti.auth.principal import HOME
from erikti.auth.roles import ROLES
from erikti.auth.tokens import REGISTRY, Id
from erikti.errors import InvalidTokenError

ISSUER = "urn:erikti:demo"
CLIENT = "erikti-demo"


class DemoKeys:
    """The server's own key, created at the first start in a file with mode 0600."""

    def __init__(self, folder: Path) -> None:
        self.key = demo_key(folder)
        self.key.ensure_kid()
        self._id = (self.key.kid, self.key.key_type)

    def find(self, key: Id) -> Key | None:
        """Return the key if it has this id, else None."""
        return self.key if key == self._id else None

    async def get(self, key: Id) -> Key:
        """Raise InvalidTokenError, because there is no other key."""
        raise InvalidTokenError("the token is signed with an unknown key")

    def token(
        self, role: str, audience: str, bounds: Mapping[str, str], lifetime: float = LIFETIME
    ) -> str:
        """Return a token of a role with all its scopes.

        ``bounds`` are fields of Principal such as ``region``; a role that is not foreign gets the
        home country. Raise InvalidTokenError if a server would reject the token.
        """
        now = int(time.time())
        country = {} if ROLES[role].foreign else {"country": HOME}
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now,
            "exp": now + int(lifetime),
            "jti": str(uuid4()),
            "sub": f"demo-{role}",
            "client_id": CLIENT,
            "scope": " ".join(sorted(ROLES[role].scopes)),
            f"{PREFIX}role": role,
            **{f"{PREFIX}{field}": value for field, value in (country | dict(bounds)).items()},
        }
        principal(claims)
        header = {"alg": "Ed25519", "typ": "at+jwt", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, registry=REGISTRY)
