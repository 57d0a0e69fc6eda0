"""The environment, read once into one frozen value that is handed down."""

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from platformdirs import user_data_path

T = TypeVar("T")
SECRET_SIZE = 32


class SettingsError(Exception):
    """A variable of the environment has a value that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """What an operator can set.

    ``database_url`` is a Tortoise URL: ``sqlite://PATH`` or ``asyncpg://...``.
    ``data`` is the only folder that Erikti writes to, besides the database.
    """

    host: str
    port: int
    data: Path
    database_url: str = field(repr=False)
    secret: str = field(repr=False)

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
    """Read ``HOST``, ``PORT``, ``DATABASE_URL``, ``ERIKTI_DATA`` and ``ERIKTI_SECRET``.

    Raises SettingsError that names the variable where a value cannot be used.
    """
    data = _read("ERIKTI_DATA", _folder, str(user_data_path("erikti")))
    return Settings(
        host=_read("HOST", str, "127.0.0.1"),
        port=_read("PORT", _port, "8000"),
        data=data,
        database_url=_read("DATABASE_URL", _database_url, f"sqlite://{data}/erikti.db"),
        secret=_read("ERIKTI_SECRET", _secret, ""),
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


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme not in ("sqlite", "postgres", "postgresql", "asyncpg") or not rest:
        raise ValueError("a database URL begins with sqlite:// or postgres://")
    return value if scheme == "sqlite" else f"asyncpg://{rest}"


def _secret(value: str) -> str:
    if value and len(value) < SECRET_SIZE:
        raise ValueError(f"a secret has at least {SECRET_SIZE} characters")
    return value
