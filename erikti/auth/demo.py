"""Tokens that the server signs itself while no identity provider is set: for trying it out."""

import time
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, OKPKey

from erikti.auth.claims import PREFIX, principal
from erikti.auth.errors import InvalidTokenError
from erikti.auth.principal import HOME
from erikti.auth.roles import ROLES
from erikti.auth.tokens import REGISTRY, Id
from erikti.sealing import SealingError, create_once

ISSUER = "urn:erikti:demo"
CLIENT = "erikti-demo"
LIFETIME = 900  # seconds
NOTICE = (
    "demo mode: no ERIKTI_OIDC_ISSUER is set, so this server trusts tokens that it signs itself "
    "(erikti token). Do not put real data in it."
)


class DemoKeys:
    """The one key of the server's own, made at the first start and kept in a file of 0600."""

    def __init__(self, folder: Path) -> None:
        self.key = _load(folder / "demo-tokens.pem")
        self.key.ensure_kid()

    def find(self, key: Id) -> Key | None:
        """The key, if it is asked for."""
        return self.key if key == (self.key.kid, self.key.key_type) else None

    async def get(self, key: Id) -> Key:
        """There is no other: raises InvalidToken."""
        raise InvalidTokenError("the token is signed with a key that is not known")

    def token(
        self, role: str, audience: str, bounds: Mapping[str, str], lifetime: float = LIFETIME
    ) -> str:
        """A token of a role, with all its scopes.

        ``bounds`` are fields of Principal such as ``region``; a role that is not foreign speaks
        for our country. Raises InvalidToken where a server would refuse the token.
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


def _load(path: Path) -> OKPKey:
    create_once(path, lambda file: file.write_bytes(_new()))
    try:
        key = OKPKey.import_key(path.read_bytes())
    except (ValueError, JoseError):
        key = None
    if key is None or key.curve_name != "Ed25519":
        raise SealingError(f"{path} holds no Ed25519 key in PEM: restore or remove it")
    return key


def _new() -> bytes:
    return OKPKey.generate_key("Ed25519").as_pem(private=True)
