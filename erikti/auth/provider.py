"""The keys of an OpenID Connect provider: discovery, caching and renewal at a limited rate."""

import asyncio
import json
import logging
import time
import warnings
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import JWKRegistry, Key

from erikti.auth.tokens import ALGORITHMS, Id
from erikti.errors import InvalidTokenError, ProviderUnavailableError

logger = logging.getLogger("erikti.auth")
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Pace:
    """The rate and limits of requests to the provider, in seconds; ``size`` is in bytes.

    Keys older than ``renew`` are requested again, and used until ``keep`` if that fails. ``pause``
    is the minimum between two attempts, whatever callers send.
    """

    renew: float = 300
    keep: float = 3600
    pause: float = 5
    timeout: float = 3
    size: int = 262_144


class Provider:
    """The keys that an issuer publishes. Belongs to one event loop."""

    def __init__(self, issuer: str, pace: Pace | None = None) -> None:
        self._issuer = issuer
        self._pace = pace or Pace()
        self._tls = httpx.create_ssl_context()
        self._keys: dict[Id, Key] = {}
        self._read = self._tried = float("-inf")
        self._failed = False
        self._renewal: asyncio.Task[None] | None = None

    def find(self, key: Id) -> Key | None:
        """Return a cached key, or None; start a renewal if the keys are due for it."""
        age = time.monotonic() - self._read
        if age > self._pace.renew:
            self._begin()
        return self._keys.get(key) if age <= self._pace.keep else None

    async def get(self, key: Id) -> Key:
        """Return a key, requested from the provider if it is not cached.

        Raise InvalidTokenError if the provider has no such key, ProviderUnavailableError if it
        cannot be reached.
        """
        self._begin()
        if self._renewal is not None:
            # A caller that disconnects must not cancel the renewal for others.
            await asyncio.shield(self._renewal)
        found = self.find(key)
        if found is not None:
            return found
        if self._failed or time.monotonic() - self._read > self._pace.keep:
            raise ProviderUnavailableError
        raise InvalidTokenError("the token is signed with an unknown key")

    def _begin(self) -> None:
        now = time.monotonic()
        if self._renewal is None and now - self._tried > self._pace.pause:
            self._tried = now
            self._renewal = asyncio.create_task(self._renew())

    async def _renew(self) -> None:
        try:
            async with asyncio.timeout(self._pace.timeout):
                keys = await self._fetch()
        except Exception as error:  # any error means that the provider cannot be used
            if not self._failed:
                logger.warning("the keys of the identity provider: %s", _reason(error))
            self._failed = True
        else:
            # An unchanged key stays the same object, so tokens verified with it stay cached.
            self._keys = {
                name: self._keys[name] if self._keys.get(name) == key else key
                for name, key in keys.items()
            }
            self._read, self._failed = time.monotonic(), False
        finally:
            self._renewal = None

    async def _fetch(self) -> dict[Id, Key]:
        async with httpx.AsyncClient(
            verify=self._tls, timeout=self._pace.timeout, headers={"accept-encoding": "identity"}
        ) as client:
            found = await self._json(client, self._issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != self._issuer:
                raise ValueError("its issuer is not that of ERIKTI_OIDC_ISSUER")
            address = found.get("jwks_uri")
            if not isinstance(address, str) or not is_safe(address, self._issuer):
                raise ValueError("its jwks_uri cannot be used")
            return await usable((await self._json(client, address)).get("keys"))

    async def _json(self, client: httpx.AsyncClient, address: str) -> dict[str, object]:
        body = b""
        async with client.stream("GET", address) as response:
            if response.status_code != 200:
                raise ValueError(f"it responds with status {response.status_code}")
            async for part in response.aiter_raw():
                body += part
                if len(body) > self._pace.size:
                    raise ValueError("its response is too long")
        try:
            found = json.loads(body)
        except RecursionError as error:
            raise ValueError("its response is nested too deeply") from error
        if not isinstance(found, dict):
            raise ValueError("its response is not an object")
        return found


def is_safe(address: str, issuer: str) -> bool:
    """Whether keys may be requested there: by TLS, or by the scheme of the issuer."""
    return urlsplit(address).scheme in ("https", urlsplit(issuer).scheme)


async def usable(published: object) -> dict[Id, Key]:
    """Return the keys of a JWKS that may verify tokens, without the others.

    Their number is limited only by the size of the response, so control returns to the event loop
    between two keys. Raise ValueError if there is none.
    """
    found: dict[Id, Key] = {}
    for item in published if isinstance(published, list) else ():
        await asyncio.sleep(0)
        key = _key(item)
        if key is not None and key.kid:
            found.setdefault((key.kid, key.key_type), key)
    if not found:
        raise ValueError("it publishes no usable key")
    return found


def _key(item: object) -> Key | None:
    """Return a public key for signatures; None for one that is secret, weak or for another use."""
    if not isinstance(item, dict) or item.get("kty") not in ALGORITHMS.values() or "d" in item:
        return None
    if not isinstance(item.get("kid"), str) or item.get("use", "sig") != "sig":
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            return JWKRegistry.import_key(item)
    except (JoseError, SecurityWarning, ValueError, TypeError, KeyError, AttributeError):
        return None


def _reason(error: Exception) -> str:
    return str(error) if type(error) is ValueError else type(error).__name__
