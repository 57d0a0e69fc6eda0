"""Settings: read once, and a variable that cannot be used is named."""

from pathlib import Path

import pytest

from erikti.guard.trusted_clients import Mode
from erikti.serving.addresses import networks
from erikti.settings import SettingsError, from_environment, unknown

VARIABLES = (
    *("HOST", "PORT", "DATABASE_URL", "ERIKTI_DATA", "ERIKTI_SECRET", "CACHE_URL"),
    *("ERIKTI_PRODUCTION", "ERIKTI_OIDC_ISSUER", "ERIKTI_OIDC_AUDIENCE"),
    *("ERIKTI_TRUSTED_PROXIES", "ERIKTI_FORWARDING_PROXIES", "ERIKTI_METRICS"),
    "ERIKTI_TIME_ZONE",
    *("ERIKTI_BOUND_TOKENS", "ERIKTI_CORS_ORIGINS", "ERIKTI_CORS_HEADERS"),
    "ERIKTI_SOURCE_PRECEDENCE",
    "ERIKTI_SUPPRESSION_THRESHOLD",
    *("ERIKTI_TRUSTED_CLIENTS", "ERIKTI_AUTOMATIC_DOCUMENTS"),
)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_the_defaults() -> None:
    settings = from_environment()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.embedded
    assert settings.database_url == f"sqlite://{settings.data}/erikti.db"
    assert settings.cache_url is None


def test_variables_are_applied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
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
        ("ERIKTI_PRODUCTION", "yes", "on or off, not 'yes'"),
        ("ERIKTI_OIDC_ISSUER", "http://id.example", "an issuer is https://"),
        ("ERIKTI_OIDC_ISSUER", "http://127.0.0.1.id.example", "an issuer is https://"),
        ("ERIKTI_OIDC_ISSUER", "id.example", "an issuer is https://"),
        ("ERIKTI_OIDC_ISSUER", "https://id.example/?a=b", "an issuer is https://"),
        ("ERIKTI_OIDC_ISSUER", "https:///path", "an issuer is https://"),
        ("ERIKTI_TRUSTED_PROXIES", "proxy.example", "proxy.example"),
        ("ERIKTI_TRUSTED_PROXIES", "10.0.0.1/8", "host bits"),
        ("ERIKTI_FORWARDING_PROXIES", "10.0.0.1/8", "host bits"),
        ("ERIKTI_METRICS", "9100", "HOST:PORT or [IPV6]:PORT, not '9100'"),
        ("ERIKTI_METRICS", ":9100", "not ':9100'"),
        ("ERIKTI_METRICS", "::1:9100", "not '::1:9100'"),
        ("ERIKTI_METRICS", "[127.0.0.1]:9100", "HOST:PORT or [IPV6]:PORT"),
        ("ERIKTI_METRICS", "127.0.0.1:0", "HOST:PORT or [IPV6]:PORT"),
        ("ERIKTI_METRICS", "127.0.0.1:http", "a number from 0 to 65535"),
        ("ERIKTI_METRICS", "127.0.0.1:8000", "port 8000 is the port of the API"),
        ("ERIKTI_CORS_ORIGINS", "dashboard.example", "an origin is https://HOST"),
        ("ERIKTI_CORS_ORIGINS", "https://a.example, https://B.example", "not 'https://B.example'"),
        ("ERIKTI_CORS_ORIGINS", "https://a.example/", "an origin is https://HOST"),
        ("ERIKTI_CORS_ORIGINS", "https://", "an origin is https://HOST"),
        (
            "ERIKTI_TIME_ZONE",
            "Asia/Nowhere",
            "'Asia/Nowhere' is not a time zone such as Asia/Almaty",
        ),
        ("ERIKTI_CORS_HEADERS", "x tenant", "a header is a name such as X-Tenant, not 'x tenant'"),
        ("ERIKTI_SOURCE_PRECEDENCE", "A,B,A", "'A' is listed twice"),
        ("ERIKTI_SOURCE_PRECEDENCE", "A" * 33, "at most 32 characters"),
        ("ERIKTI_CORS_HEADERS", "*", "a header is a name such as X-Tenant, not '*'"),
        ("ERIKTI_BOUND_TOKENS", "some", "one of none, foreign, all"),
        ("ERIKTI_KEYS", "k1:short", "the key of entry 1 is not 32 bytes"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as caught:
        from_environment()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("ERIKTI_OIDC_ISUER", "ERIKTI_OIDC_ISSUER"),
        ("ERIKTI_KEYSS", "ERIKTI_KEYS"),
        ("ERIKTI_LIMIT_PAGES", "ERIKTI_LIMIT_PAGE"),
        ("ERIKTI_CHECK_POINT", "ERIKTI_CHECKPOINTS"),
    ],
)
def test_a_misspelt_name_is_rejected_with_a_suggestion(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv("ERIKTI_PRODUCTION", "on" if "ISSUER" in meant else "off")
    monkeypatch.setenv(name, "https://id.example")
    with pytest.raises(SettingsError, match=f"^{name}: there is no such variable; use {meant}$"):
        from_environment()


def test_unknown_names_are_reported_except_those_of_kubernetes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    injected = {
        "ERIKTI_SERVICE_HOST": "10.0.0.1",
        "ERIKTI_SERVICE_PORT": "8000",
        "ERIKTI_SERVICE_PORT_HTTP": "8000",
        "ERIKTI_PORT": "tcp://10.0.0.1:8000",
        "ERIKTI_PORT_8000_TCP": "tcp://10.0.0.1:8000",
        "ERIKTI_PORT_8000_TCP_PROTO": "tcp",
        "ERIKTI_PORT_8000_TCP_PORT": "8000",
        "ERIKTI_PORT_8000_TCP_ADDR": "10.0.0.1",
        "ERIKTI_KEY_PORT": "tcp://10.0.0.2:5432",  # of the Service erikti-key
        "ERIKTI_KEY_SERVICE_HOST": "10.0.0.2",
    }
    for name, value in injected.items():
        monkeypatch.setenv(name, value)
    from_environment()
    assert unknown() == []
    monkeypatch.setenv("ERIKTI_PORT", "8000")
    monkeypatch.setenv("ERIKTI_DATABASE_URL", "postgres://host/erikti")
    from_environment()
    assert unknown() == ["ERIKTI_DATABASE_URL", "ERIKTI_PORT"]


def test_who_identifies_callers_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    found = from_environment()
    assert (found.production, found.oidc_issuer) == (False, None)
    assert (found.oidc_audience, found.bound_tokens) == ("urn:erikti:api", "none")
    monkeypatch.setenv("ERIKTI_PRODUCTION", "on")
    with pytest.raises(SettingsError, match="ERIKTI_OIDC_ISSUER: production needs"):
        from_environment()
    monkeypatch.setenv("ERIKTI_OIDC_ISSUER", "https://id.example/realms/gov")
    monkeypatch.setenv("ERIKTI_OIDC_AUDIENCE", "https://api.example")
    monkeypatch.setenv("ERIKTI_TRUSTED_PROXIES", "10.0.0.0/8, 2001:db8::7")
    monkeypatch.setenv("ERIKTI_BOUND_TOKENS", "foreign")
    found = from_environment()
    assert (found.production, found.oidc_issuer) == (True, "https://id.example/realms/gov")
    assert (found.oidc_audience, found.bound_tokens) == ("https://api.example", "foreign")
    assert [str(network) for network in found.trusted_proxies] == ["10.0.0.0/8", "2001:db8::7/128"]


def test_each_kind_of_trust_in_proxies_is_a_setting_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ERIKTI_TRUSTED_PROXIES", "10.0.0.1")
    found = from_environment().proxies
    assert (found.certifying, found.forwarding) == (networks("10.0.0.1"), ())
    monkeypatch.setenv("ERIKTI_FORWARDING_PROXIES", "::ffff:10.0.0.2, 2001:db8::/64")
    found = from_environment().proxies
    assert found.forwarding == networks("10.0.0.2, 2001:db8::/64")


@pytest.mark.parametrize(
    ("value", "address"),
    [("127.0.0.1:9100", ("127.0.0.1", 9100)), ("[::1]:9100", ("::1", 9100))],
)
def test_metrics_have_an_address(
    monkeypatch: pytest.MonkeyPatch, value: str, address: tuple[str, int]
) -> None:
    assert from_environment().metrics is None
    monkeypatch.setenv("ERIKTI_METRICS", value)
    assert from_environment().metrics == address


def test_the_origins_of_pages_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_environment().cors_origins == ()
    monkeypatch.setenv("ERIKTI_CORS_ORIGINS", "https://a.example, http://127.0.0.1:3000,*")
    assert from_environment().cors_origins == ("https://a.example", "http://127.0.0.1:3000", "*")


def test_the_headers_of_pages_are_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_environment().cors_headers == ()
    monkeypatch.setenv("ERIKTI_CORS_HEADERS", "X-Tenant, x-app-version,")
    assert from_environment().cors_headers == ("x-tenant", "x-app-version")


def test_the_precedence_of_systems_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert from_environment().source_precedence == ()
    monkeypatch.setenv("ERIKTI_SOURCE_PRECEDENCE", "GOV_ID, REGISTRY,")
    assert from_environment().source_precedence == ("GOV_ID", "REGISTRY")


@pytest.mark.parametrize("value", ["2", "0", "-5", "1001", "5.0", "five", "٥x"])
def test_a_threshold_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    assert from_environment().suppression_threshold == 5
    monkeypatch.setenv("ERIKTI_SUPPRESSION_THRESHOLD", value)
    with pytest.raises(SettingsError, match=r"ERIKTI_SUPPRESSION_THRESHOLD: .* from 3 to 1000"):
        from_environment()
    monkeypatch.setenv("ERIKTI_SUPPRESSION_THRESHOLD", "11")
    assert from_environment().suppression_threshold == 11


def test_an_issuer_on_this_machine_needs_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    for issuer in ("http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080/a"):
        monkeypatch.setenv("ERIKTI_OIDC_ISSUER", issuer)
        assert from_environment().oidc_issuer == issuer


def test_the_access_log_has_its_places_and_a_key_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path))
    settings = from_environment()
    assert settings.audit_key == tmp_path / "audit.key"
    assert settings.checkpoints == tmp_path / "checkpoints"
    made = settings.person_key()
    assert len(made) == 32
    assert from_environment().person_key() == made != settings.signing_key()
    assert (tmp_path / "person.key").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("ERIKTI_AUDIT_KEY", "/run/audit.pem")
    monkeypatch.setenv("ERIKTI_CHECKPOINTS", "/mnt/worm")
    monkeypatch.setenv("ERIKTI_PERSON_KEY", "p" * 40)
    settings = from_environment()
    assert (settings.audit_key, settings.checkpoints) == (
        Path("/run/audit.pem"),
        Path("/mnt/worm"),
    )
    assert settings.person_key() == b"p" * 40
    assert "ppp" not in repr(settings)


def test_the_signing_key_is_the_secret_or_else_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path))
    made = from_environment().signing_key()
    assert len(made) == 32
    assert from_environment().signing_key() == made
    monkeypatch.setenv("ERIKTI_SECRET", "s" * 40)
    assert from_environment().signing_key() == b"s" * 40


def test_the_keys_are_those_of_the_environment_or_else_made_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = from_environment()
    assert given.keys
    assert given.keys not in repr(given)
    sealed = given.keyring().seal(b"", "value")
    assert from_environment().keyring().unseal(b"", sealed) == "value"
    monkeypatch.setenv("ERIKTI_DATA", str(tmp_path))
    monkeypatch.delenv("ERIKTI_KEYS")
    sealed = from_environment().keyring().seal(b"", "value")
    assert from_environment().keyring().unseal(b"", sealed) == "value"
    assert [path.name for path in tmp_path.iterdir()] == ["sealing.keys"]


def test_trusted_clients_and_registering_documents_are_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = from_environment()
    assert (found.trusted_clients.mode("a"), found.automatic_documents) == (Mode.OFF, True)
    monkeypatch.setenv("ERIKTI_TRUSTED_CLIENTS", "a=only-known")
    monkeypatch.setenv("ERIKTI_AUTOMATIC_DOCUMENTS", "off")
    found = from_environment()
    assert (found.trusted_clients.mode("a"), found.automatic_documents) == (Mode.ONLY_KNOWN, False)
    monkeypatch.setenv("ERIKTI_TRUSTED_CLIENTS", "a")
    with pytest.raises(SettingsError, match="ERIKTI_TRUSTED_CLIENTS: 'a' is not CLIENT=MODE"):
        from_environment()
