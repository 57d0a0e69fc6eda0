"""Settings, read once from the environment into a frozen object."""

import os
import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from platformdirs import user_data_path
from rapidfuzz.distance import Levenshtein

from erikti.guard.limits import Limits
from erikti.guard.trusted_clients import TrustedClients
from erikti.sealing import Keyring, SealingError, create_once, load_or_create
from erikti.serving.addresses import Networks, Proxies, literal, networks
from erikti.zones import DEFAULT_ZONE, time_zone

T = TypeVar("T")
SECRET_SIZE = 32
SYSTEM_SIZE = 32
LARGEST = 1e12
AUDIENCE = "urn:erikti:api"
DEMO = ("local", "anywhere")
BOUND = ("none", "foreign", "all")
# The form that browsers send: lower case, without a path (RFC 6454).
ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
HEADER = re.compile(r"[a-z0-9!#$%&'^_`|~+.-]+")  # RFC 9110, 5.6.2, without the wildcard
# Addresses that Kubernetes sets for each Service whose name begins with erikti.
INJECTED = re.compile(
    r"ERIKTI(_\w+)?_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
ADDRESS = re.compile(r"(tcp|udp|sctp)://.*")  # the value of its ..._PORT
SIMILAR = 2  # edits between a misspelt name and the suggested one
CACHE_SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")


class SettingsError(Exception):
    """A variable of the environment has an invalid value."""


@dataclass(frozen=True)
class Settings:
    """The settings of an operator.

    ``database_url`` is a Tortoise URL: ``sqlite://PATH`` or ``asyncpg://...``. ``data`` is the
    only folder that Erikti writes to, besides the database. ``cache_url`` is the Valkey that
    caches responses; without one each process caches in memory. ``response_cache`` turns the
    cache off. ``limits`` limit what callers can cost.

    ``trusted_clients`` are the clients that may run only published documents;
    ``automatic_documents`` lets others register documents.

    ``oidc_issuer`` is the identity provider. Without one, which ``production`` forbids, the
    server signs its own tokens and listens only on this machine, unless ``demo`` is anywhere.
    ``trusted_proxies`` may forward client certificates, ``forwarding_proxies`` client addresses.
    ``bound_tokens`` (none, foreign, all) are the tokens that must be bound to a certificate.
    Pages of ``cors_origins`` may call the API from a browser, and send ``cors_headers`` besides
    the usual ones. ``time_zone`` is that of the calendar. ``metrics`` is the host and port of a
    separate server for metrics; without it they are served at ``port``, except in production.
    ``audit_key`` is the file of the key that signs the access log, ``checkpoints`` the folder
    for its signatures, best not on the machine of the database. Public counts of people below
    ``suppression_threshold`` are suppressed. ``source_precedence`` names the systems whose values
    of people replace those of the systems after them.
    """

    host: str
    port: int
    data: Path
    database_url: str = field(repr=False)
    secret: str = field(repr=False)
    cache_url: str | None = field(default=None, repr=False)
    response_cache: bool = True
    production: bool = False
    oidc_issuer: str | None = None
    demo: str = "local"
    oidc_audience: str = AUDIENCE
    trusted_proxies: Networks = ()
    forwarding_proxies: Networks = ()
    bound_tokens: str = "none"
    cors_origins: tuple[str, ...] = ()
    cors_headers: tuple[str, ...] = ()
    time_zone: str = DEFAULT_ZONE
    metrics: tuple[str, int] | None = None
    trusted_clients: TrustedClients = field(default_factory=TrustedClients)
    automatic_documents: bool = True
    limits: Limits = field(default_factory=Limits)
    keys: str = field(default="", repr=False)
    audit_key: Path = Path()
    checkpoints: Path = Path()
    person_secret: str = field(default="", repr=False)
    suppression_threshold: int = 5
    source_precedence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # By default they are in the data folder.
        for name, usual in (("audit_key", "audit.key"), ("checkpoints", "checkpoints")):
            if getattr(self, name) == Path():
                object.__setattr__(self, name, self.data / usual)

    @property
    def embedded(self) -> bool:
        """Whether the database is a file, not a server."""
        return self.database_url.startswith("sqlite:")

    @property
    def proxies(self) -> Proxies:
        """Return the trusted proxies."""
        return Proxies(self.trusted_proxies, self.forwarding_proxies)

    @property
    def database(self) -> str:
        """Return the database for messages, without password: its file, or HOST:PORT/NAME."""
        # All before the last @ may be a password, even with characters that should be encoded.
        return self.database_url.partition("://")[2].rpartition("@")[2].partition("?")[0]

    def signing_key(self) -> bytes:
        """Return the key that signs cursors: ``ERIKTI_SECRET``, or one from the first start."""
        return self.secret.encode()[:64] if self.secret else _key_in(self.data / "secret.key")

    def keyring(self) -> Keyring:
        """Return the keys that seal personal data: ``ERIKTI_KEYS``, or a file from the first start.

        Raises SealingError for an invalid file.
        """
        return Keyring.parse(self.keys) if self.keys else load_or_create(self.data / "sealing.keys")

    def person_key(self) -> bytes:
        """Return the key that hashes people in the access log.

        It is ``ERIKTI_PERSON_KEY``, or one generated at the first start. After a change of the
        key, older entries about a person cannot be found.
        """
        given = self.person_secret
        return given.encode()[:64] if given else _key_in(self.data / "person.key")


class _Variables:
    """Reads variables of the environment, and collects their names."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __call__(self, name: str, cast: Callable[[str], T], default: str) -> T:
        """Return the value of a variable; raises SettingsError."""
        self.names.add(name)
        try:
            return cast(os.environ.get(name) or default)
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from error


def from_environment() -> Settings:
    """Read the variables that the README lists: ``HOST``, ``PORT``, ``DATABASE_URL`` and so on.

    Raises SettingsError, which names the variable, for an invalid value.
    """
    read = _Variables()
    found = _settings(read)
    for name in _unknown(read.names):
        if meant := _meant(name, read.names):
            raise SettingsError(f"{name}: there is no such variable; use {meant}")
    if found.production and found.oidc_issuer is None:
        raise SettingsError(
            "ERIKTI_OIDC_ISSUER: production needs an identity provider; "
            "demo tokens need ERIKTI_PRODUCTION=off"
        )
    return found


def _settings(read: _Variables) -> Settings:
    data = read("ERIKTI_DATA", _data, "")
    port = read("PORT", _port, "8000")
    return Settings(
        host=read("HOST", str, "127.0.0.1"),
        port=port,
        data=data,
        database_url=read("DATABASE_URL", _database_url, f"sqlite://{data}/erikti.db"),
        secret=read("ERIKTI_SECRET", _secret, ""),
        cache_url=read("CACHE_URL", _cache_url, ""),
        response_cache=read("ERIKTI_RESPONSE_CACHE", _switch, "on"),
        production=read("ERIKTI_PRODUCTION", _switch, "off"),
        oidc_issuer=read("ERIKTI_OIDC_ISSUER", _issuer, ""),
        demo=read("ERIKTI_DEMO", _one_of(DEMO), "local"),
        oidc_audience=read("ERIKTI_OIDC_AUDIENCE", str, AUDIENCE),
        trusted_proxies=read("ERIKTI_TRUSTED_PROXIES", networks, ""),
        forwarding_proxies=read("ERIKTI_FORWARDING_PROXIES", networks, ""),
        bound_tokens=read("ERIKTI_BOUND_TOKENS", _one_of(BOUND), "none"),
        cors_origins=read("ERIKTI_CORS_ORIGINS", _origins, ""),
        time_zone=read("ERIKTI_TIME_ZONE", time_zone, DEFAULT_ZONE),
        cors_headers=read("ERIKTI_CORS_HEADERS", _header_names, ""),
        metrics=read("ERIKTI_METRICS", partial(_address, port), ""),
        trusted_clients=read("ERIKTI_TRUSTED_CLIENTS", TrustedClients.parse, ""),
        automatic_documents=read("ERIKTI_AUTOMATIC_DOCUMENTS", _switch, "on"),
        limits=_limits(read),
        keys=read("ERIKTI_KEYS", _keys, ""),
        audit_key=read("ERIKTI_AUDIT_KEY", _folder, str(data / "audit.key")),
        checkpoints=read("ERIKTI_CHECKPOINTS", _folder, str(data / "checkpoints")),
        person_secret=read("ERIKTI_PERSON_KEY", _secret, ""),
        suppression_threshold=read("ERIKTI_SUPPRESSION_THRESHOLD", _threshold, "5"),
        source_precedence=read("ERIKTI_SOURCE_PRECEDENCE", _systems, ""),
    )


def unknown() -> list[str]:
    """Return the unknown variables that begin with ERIKTI_, sorted."""
    read = _Variables()
    _settings(read)
    return _unknown(read.names)


def _unknown(names: Collection[str]) -> list[str]:
    return [
        name
        for name, value in sorted(os.environ.items())
        if name.startswith("ERIKTI_")
        and name not in names
        and not INJECTED.fullmatch(name)
        and not (name.endswith("_PORT") and ADDRESS.fullmatch(value))
    ]


def _meant(name: str, names: Collection[str]) -> str | None:
    """Return the setting with the most similar name; None if none is similar."""
    near = min(names, key=lambda known: (Levenshtein.distance(name, known), known))
    return near if Levenshtein.distance(name, near) <= SIMILAR else None


def _key_in(path: Path) -> bytes:
    """Return the key in a file that other users cannot read; it is generated if missing.

    Raises SealingError if its length is wrong, OSError if it cannot be read.
    """
    create_once(path, lambda file: file.write_bytes(secrets.token_bytes(SECRET_SIZE)))
    key = path.read_bytes()
    if len(key) != SECRET_SIZE:
        raise SealingError(f"the key {path} has {len(key)} bytes, not {SECRET_SIZE}: restore it")
    return key


def _limits(read: _Variables) -> Limits:
    found = {}
    for item in fields(Limits):
        cast = int if item.type in (int, "int") else float
        found[item.name] = read(variable(item.name), _number(cast), str(item.default))
    return Limits(**found)


def variable(limit: str) -> str:
    """Return the name of the variable that sets a limit."""
    return f"ERIKTI_LIMIT_{limit.upper()}"


def _data(value: str) -> Path:
    try:
        return _folder(value) if value else user_data_path("erikti")
    except RuntimeError:
        raise ValueError("the user has no home directory: name a folder") from None


def _folder(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _systems(value: str) -> tuple[str, ...]:
    found = _listed(value)
    if long := [system for system in found if len(system) > SYSTEM_SIZE]:
        raise ValueError(f"a system has at most {SYSTEM_SIZE} characters, not {long[0]!r}")
    if twice := [system for system in found if found.count(system) > 1]:
        raise ValueError(f"{twice[0]!r} is listed twice")
    return found


def _header_names(value: str) -> tuple[str, ...]:
    found = tuple(name.lower() for name in _listed(value))
    for name in found:
        if not HEADER.fullmatch(name):
            raise ValueError(f"a header is a name such as X-Tenant, not {name!r}")
    return found


def _origins(value: str) -> tuple[str, ...]:
    found = _listed(value)
    for origin in found:
        if origin != "*" and not ORIGIN.fullmatch(origin):
            raise ValueError(f"an origin is https://HOST[:PORT], or * for any page, not {origin!r}")
    return found


def _port(value: str) -> int:
    if not value.isdecimal() or int(value) > 65535:
        raise ValueError(f"a port is a number from 0 to 65535, not {value!r}")
    return int(value)


def _address(taken: int, value: str) -> tuple[str, int] | None:
    if not value:
        return None
    host, _, port = value.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    if not bare or (":" in bare) != (host != bare) or not _port(port):
        raise ValueError(f"an address is HOST:PORT or [IPV6]:PORT, not {value!r}")
    if int(port) == taken:
        raise ValueError(f"port {port} is the port of the API; use another")
    return bare, int(port)


def _switch(value: str) -> bool:
    if value not in ("on", "off"):
        raise ValueError(f"this is on or off, not {value!r}")
    return value == "on"


def _issuer(value: str) -> str | None:
    if not value:
        return None
    parts = urlsplit(value)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not safe or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an issuer is https://HOST[:PORT][/PATH], or http:// on this machine")
    return value


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is local to this machine."""
    found = literal(host or "")
    return host == "localhost" or (found is not None and found.is_loopback)


def _one_of(words: Collection[str]) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in words:
            raise ValueError(f"this is one of {', '.join(words)}, not {value!r}")
        return value

    return read


def _number(cast: Callable[[str], float]) -> Callable[[str], Any]:
    def read(value: str) -> float:
        try:
            number = cast(value)
        except ValueError:
            number = 0
        if not 0 < number < LARGEST:
            raise ValueError(f"a limit is a number greater than 0, not {value!r}")
        return number

    return read


def _threshold(value: str) -> int:
    # With 2, either of two people could subtract themselves.
    if not value.isdecimal() or not 3 <= int(value) <= 1_000:
        raise ValueError(f"this is a number of people from 3 to 1000, not {value!r}")
    return int(value)


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme not in ("sqlite", "postgres", "postgresql", "asyncpg") or not rest:
        raise ValueError("a database URL must begin with sqlite:// or postgres://")
    return value if scheme == "sqlite" else f"asyncpg://{rest}"


def _cache_url(value: str) -> str | None:
    if not value:
        return None
    try:
        parts = urlsplit(value)
        found = parts.path if parts.scheme == "unix" else parts.hostname
        usable = parts.scheme in CACHE_SCHEMES and found and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        # Without the value, which may hold a password.
        raise ValueError(
            "a cache URL is redis://HOST:PORT/NUMBER, also with rediss, valkey or valkeys, "
            "or unix://PATH"
        )
    return value


def _secret(value: str) -> str:
    if value and len(value) < SECRET_SIZE:
        raise ValueError(f"a secret has at least {SECRET_SIZE} characters")
    return value


def _keys(value: str) -> str:
    if value:
        Keyring.parse(value)
    return value
