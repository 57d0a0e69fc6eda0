"""Settings: read once, and a variable that cannot be used is named."""

from pathlib import Path

import pytest

from settings import SettingsError, from_environment

VARIABLES = ("HOST", "PORT", "DATABASE_URL", "ERIKTI_DATA", "ERIKTI_SECRET", "CACHE_URL")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_without_variables_everything_has_its_default() -> None:
    settings = from_environment()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.embedded
    assert settings.database_url == f"sqlite://{settings.data}/erikti.db"
    assert settings.cache_url is None


def test_variables_are_obeyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOST", "127.0.0.2")
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@127.0.0.1/erikti")
    settings = from_environment()
    assert (settings.host, settings.port, settings.data) == ("127.0.0.2", 9000, tmp_path)
    assert settings.database_url == "asyncpg://user:secret@127.0.0.1/erikti"
    assert not settings.embedded
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1",
        "rediss://user:secret@cache.example:6380/1",
        "valkey://:secret@[::1]:6379",
        "valkeys://cache.example",
        "unix:///run/valkey.sock?db=2",
    ],
)
def test_a_cache_url_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CACHE_URL", url)
    settings = from_environment()
    assert settings.cache_url == url
    assert url not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "memcached://:hidden@host",
        "hidden",
        "redis://",
        "redis:///1",
        "redis://:hidden@host:port",
        "redis://host:70000",
        "redis://host:0",
        "redis://[::1",
        "unix://",
    ],
)
def test_a_cache_url_that_cannot_be_used_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("CACHE_URL", url)
    with pytest.raises(SettingsError, match="CACHE_URL: a cache URL is redis://") as caught:
        from_environment()
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("PORT", "http", "a number from 0 to 65535, not 'http'"),
        ("PORT", "70000", "not '70000'"),
        ("DATABASE_URL", "mysql://host/db", "sqlite:// or postgres://"),
        ("DATABASE_URL", "erikti.db", "sqlite:// or postgres://"),
        ("ERIKTI_SECRET", "short", "at least 32 characters"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as caught:
        from_environment()
    assert words in str(caught.value)


def test_the_signing_key_is_the_secret_or_else_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path))
    made = from_environment().signing_key()
    assert len(made) == 32
    assert from_environment().signing_key() == made
    monkeypatch.setenv("ERIKTI_SECRET", "s" * 40)
    assert from_environment().signing_key() == b"s" * 40
