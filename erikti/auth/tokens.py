"""Verification of JWT access tokens (RFC 9068); anything not explicitly allowed is rejected."""

import json
import re
import time
from dataclasses import dataclass
from typing import NoReturn, Protocol

from joserfc import jws
from joserfc.errors import ClaimError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode

from erikti.auth import claims as our
from erikti.auth.principal import Principal
from erikti.errors import InvalidTokenError

# The allowed signature algorithms with their key types; none is symmetric.
ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "Ed25519": "OKP"}
TYPES = ("at+jwt", "application/at+jwt")
# Parameters that contain or reference a key, or change what is signed, are rejected.
PARAMETERS = {"alg", "typ", "kid", "x5t", "x5t#S256"}
SHAPE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS))
REQUIRED: dict[str, ClaimsOption] = {
    name: {"essential": True} for name in ("exp", "iat", "sub", "client_id", "jti")
}
Id = tuple[str, str]  # of a key: its kid and kty


class Keys(Protocol):
    """A source of the keys that sign tokens."""

    def find(self, key: Id) -> Key | None:
        """Return a cached key that is still valid, or None."""

    async def get(self, key: Id) -> Key:
        """Return a key; raise InvalidTokenError or ProviderUnavailableError."""


@dataclass(frozen=True)
class Rules:
    """The requirements of tokens, in seconds and bytes; ``leeway`` allows for differing clocks."""

    issuer: str
    audience: str
    lifetime: float = 3600
    leeway: float = 30
    size: int = 8192


@dataclass(frozen=True)
class Verified:
    """A verified token, and what has to be checked at each use."""

    principal: Principal
    key: Key
    key_id: Id
    until: float
    token_id: str
    thumbprint: str | None
    single_use: bool


class Verifier:
    """Verifies tokens."""

    def __init__(self, keys: Keys, rules: Rules) -> None:
        self.keys = keys
        self._rules = rules

    async def __call__(self, token: str) -> Verified:
        """Return a verified token; raise InvalidTokenError or ProviderUnavailableError."""
        if len(token) > self._rules.size:
            raise InvalidTokenError("the token is too long")
        if not SHAPE.fullmatch(token):
            raise InvalidTokenError("the token is not a signed JWT")
        head, payload, _ = token.encode().split(b".")
        key_id = self._key_id(_object(head))
        key = self.keys.find(key_id) or await self.keys.get(key_id)
        try:
            jws.deserialize_compact(token, key, registry=REGISTRY)
        except (JoseError, ValueError):
            raise InvalidTokenError("the signature is invalid") from None
        claims = _object(payload)
        self._check(claims)
        return Verified(
            our.principal(claims),
            key,
            key_id,
            our.instant(claims, "exp") + self._rules.leeway,
            our.text(claims["jti"], "jti"),
            our.thumbprint(claims),
            our.single_use(claims),
        )

    def _key_id(self, header: dict[str, object]) -> Id:
        if not header.keys() <= PARAMETERS:
            raise InvalidTokenError("the header has a parameter that is not allowed")
        algorithm, kind, name = (header.get(key) for key in ("alg", "typ", "kid"))
        if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
            raise InvalidTokenError("the algorithm is not allowed")
        if not isinstance(kind, str) or kind.lower() not in TYPES:
            raise InvalidTokenError("this is not an access token (typ at+jwt)")
        if not isinstance(name, str) or not name:
            raise InvalidTokenError("the header has no key id (kid)")
        return name, ALGORITHMS[algorithm]

    def _check(self, claims: dict[str, object]) -> None:
        rules = self._rules
        now = time.time()
        required = JWTClaimsRegistry(
            now=int(now),
            leeway=int(rules.leeway),
            iss={"essential": True, "value": rules.issuer},
            aud={"essential": True, "value": rules.audience},
            **REQUIRED,
        )
        try:
            required.validate(claims)
        except MissingClaimError:
            raise InvalidTokenError("a claim is missing that RFC 9068 requires") from None
        except ClaimError as error:
            # The message has names of this registry only, and no values.
            raise InvalidTokenError(f"the claim {error.claim} is not acceptable") from None
        if not 0 < our.instant(claims, "exp") - our.instant(claims, "iat") <= rules.lifetime:
            raise InvalidTokenError("the lifetime of the token is too long")


def _object(segment: bytes) -> dict[str, object]:
    """Return the JSON object in a segment; raise InvalidTokenError if it is ambiguous."""
    try:
        found = json.loads(
            urlsafe_b64decode(segment), object_pairs_hook=_unique, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        # These errors contain the value; "from None" keeps it out of tracebacks.
        raise InvalidTokenError("the token is not valid JSON") from None
    if not isinstance(found, dict):
        raise InvalidTokenError("the token is not valid JSON")
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"JSON has no number {constant}")
