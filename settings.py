"""The environment, read once into one frozen value that is handed down."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from platformdirs import user_data_path

T = TypeVar("T")
SECRET_SIZE = 32
LARGEST_PAGE = 1000
CACHE_SCHEMES = ("redis", "rediss", "valkey", "valkeys", "unix")


class SettingsError(Exception):
    """A variable of the environment has a value that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """What an operator can set.

    ``database_url`` is a Tortoise URL: ``sqlite://PATH`` or ``asyncpg://...``.
    ``data`` is the only folder that Erikti writes to, besides the database. ``cache_url``
    names the Valkey that keeps answers; without one each process keeps its own in memory,
    and without ``response_cache`` nobody does. ``max_page`` is the most records on a page.
    """

    host: str
    port: int
    data: Path
    database_url: str = field(repr=False)
    secret: str = field(repr=False)
    cache_url: str | None = field(default=None, repr=False)
    response_cache: bool = True
    max_page: int = 100

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of ours rather than a server."""
        return self.database_url.startswith("sqlite:")

    def signing_key(self) -> bytes:
        """The key that signs cursors: ``ERIKTI_SECRET``, or else one made at the first start."""
        if self.secret:
            return self.secret.encode()[:64]
        path = self.data / "secret.key"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{os.getpid()}")
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(secrets.token_bytes(SECRET_SIZE))
            temporary.rename(path)
        return path.read_bytes()


def from_environment() -> Settings:
    """Read what the README lists: ``HOST``, ``PORT``, ``DATABASE_URL`` and so on.

    Raises SettingsError that names the variable where a value cannot be used.
    """
    data = _read("ERIKTI_DATA", _folder, str(user_data_path("erikti")))
    return Settings(
        host=_read("HOST", str, "127.0.0.1"),
        port=_read("PORT", _port, "8000"),
        data=data,
        database_url=_read("DATABASE_URL", _database_url, f"sqlite://{data}/erikti.db"),
        secret=_read("ERIKTI_SECRET", _secret, ""),
        cache_url=_read("CACHE_URL", _cache_url, ""),
        response_cache=_read("ERIKTI_RESPONSE_CACHE", _switch, "on"),
        max_page=_read("ERIKTI_MAX_PAGE", _page_size, "100"),
    )


def _read(name: str, cast: Callable[[str], T], default: str) -> T:
    try:
        return cast(os.environ.get(name) or default)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error


def _folder(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _port(value: str) -> int:
    if not value.isdecimal() or int(value) > 65535:
        raise ValueError(f"a port is a number from 0 to 65535, not {value!r}")
    return int(value)


def _switch(value: str) -> bool:
    if value not in ("on", "off"):
        raise ValueError(f"this is on or off, not {value!r}")
    return value == "on"


def _page_size(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= LARGEST_PAGE:
        raise ValueError(f"a page has 1 to {LARGEST_PAGE} records, not {value!r}")
    return int(value)


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme not in ("sqlite", "postgres", "postgresql", "asyncpg") or not rest:
        raise ValueError("a database URL begins with sqlite:// or postgres://")
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
        # Not a word of the value: it may hold a password.
        raise ValueError(
            "a cache URL is redis://HOST:PORT/NUMBER, also with rediss, valkey or valkeys, "
            "or unix://PATH"
        )
    return value


def _secret(value: str) -> str:
    if value and len(value) < SECRET_SIZE:
        raise ValueError(f"a secret has at least {SECRET_SIZE} characters")
    return value
