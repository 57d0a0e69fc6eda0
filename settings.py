"""The environment, read once into one frozen value that is handed down."""

from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path
from starlette.config import Config


@dataclass(frozen=True)
class Settings:
    """What an operator can set.

    ``database_url`` is a Tortoise URL: ``sqlite://PATH`` or ``postgres://...``.
    ``data`` is the only folder that Erikti writes to, besides the database.
    """

    host: str
    port: int
    data: Path
    database_url: str

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of ours rather than a server."""
        return self.database_url.startswith("sqlite:")


def from_environment() -> Settings:
    """Read ``HOST``, ``PORT``, ``DATABASE_URL`` and ``ERIKTI_DATA``.

    Raises ValueError that names the variable where a value cannot be used.
    """
    config = Config()
    data = config("ERIKTI_DATA", cast=_folder, default=user_data_path("erikti"))
    return Settings(
        host=config("HOST", default="127.0.0.1"),
        port=config("PORT", cast=_port, default=8000),
        data=data,
        database_url=config("DATABASE_URL", cast=_database_url, default=f"sqlite://{data}/erikti.db"),
    )


def _folder(value: str | Path) -> Path:
    return Path(value).expanduser().resolve()


def _port(value: str | int) -> int:
    port = int(value)
    if not 0 <= port <= 65535:
        raise ValueError(f"a port lies between 0 and 65535, not at {port}")
    return port


def _database_url(value: str) -> str:
    scheme, _, rest = value.partition("://")
    if scheme not in ("sqlite", "postgres", "postgresql", "asyncpg") or not rest:
        raise ValueError("a database URL begins with sqlite:// or postgres://")
    return value if scheme == "sqlite" else f"asyncpg://{rest}"
