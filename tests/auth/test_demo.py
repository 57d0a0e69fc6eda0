"""Demo mode: tokens signed by the server for each role, and none of it in production."""

import json
from base64 import b64encode, urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from erikti.auth.authenticator import Authenticator, authenticator
from erikti.auth.demo import DemoKeys
from erikti.auth.demo_key import NOTICE
from erikti.auth.roles import ROLES
from erikti.auth.scopes import Scope
from erikti.errors import InvalidTokenError
from tests.support.issuer import AUDIENCE, Issuer
from tests.support.processes import erikti, serving

pytestmark = pytest.mark.usefixtures("processes")

PERSON = "0190a1b2-0000-7000-8000-000000000001"
ISSUER = {"ERIKTI_OIDC_ISSUER": "https://id.example"}
BOUNDS = {
    "region": {"region": "KZ-75"},
    "partner": {"country": "KG"},
    "person": {"person": PERSON},
}


@pytest.fixture
def server(tmp_path: Path) -> Authenticator:
    """A server in demo mode."""
    return authenticator(None, AUDIENCE, tmp_path)


def printed(*arguments: str, **variables: str) -> str:
    done = erikti("token", *arguments, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def inside(token: str) -> dict[str, Any]:
    """The claims of a token."""
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_what_the_table_says(
    server: Authenticator, tmp_path: Path, role: str
) -> None:
    bounds = BOUNDS.get(role, {})
    token = DemoKeys(tmp_path).token(role, AUDIENCE, bounds)
    found = await server.principal(token.encode())
    assert (found.role, found.scopes, found.foreign) == (
        role,
        ROLES[role].scopes,
        role == "partner",
    )
    assert {name: getattr(found, name) for name in bounds} == bounds


def test_roles_hold_no_more_than_they_should() -> None:
    holding = {scope: {r for r, role in ROLES.items() if scope in role.scopes} for scope in Scope}
    assert holding[Scope.PEOPLE_READ_IIN] == {"ministry", "person"}
    assert holding[Scope.AUDIT_READ] == {"officer", "person"}
    assert holding[Scope.GRAPH_READ] == {"gateway"}
    assert holding[Scope.BULK_READ] == {"ministry"}
    assert "analyst" not in holding[Scope.PEOPLE_READ]
    assert [name for name, role in ROLES.items() if role.foreign] == ["partner"]


async def test_the_command_prints_a_token_that_the_server_takes(
    server: Authenticator, tmp_path: Path
) -> None:
    data = {"ERIKTI_DATA": str(tmp_path)}
    token = printed("--as", "partner", "--country", "KG", **data)
    found = await server.principal(token.encode())
    assert (found.role, found.country) == ("partner", "KG")
    assert inside(token)["exp"] - inside(token)["iat"] == 900
    global_id = b64encode(f"Person:{PERSON}".encode()).decode()
    for shown in (PERSON, global_id):
        token = printed("--as", "person", "--person", shown, "--seconds", "60", **data)
        found = await server.principal(token.encode())
        assert found.person == PERSON
        assert inside(token)["exp"] - inside(token)["iat"] == 60
    assert (tmp_path / "demo-tokens.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["--as", "ministry"], ISSUER, "ERIKTI_OIDC_ISSUER is set: get tokens from it"),
        (["--as", "ministry"], ISSUER | {"ERIKTI_PRODUCTION": "on"}, "ERIKTI_OIDC_ISSUER is set"),
        (
            ["--as", "ministry"],
            {"ERIKTI_PRODUCTION": "on"},
            "production needs an identity provider",
        ),
        (["--as", "king"], {}, "--as must be one of analyst, ministry"),
        (["--as", "partner"], {}, "the role needs the claim erikti_country"),
        (["--as", "partner", "--country", "KZ"], {}, "erikti_country does not fit the role"),
        (["--as", "ministry", "--country", "KG"], {}, "erikti_country does not fit the role"),
        (["--as", "region"], {}, "the role needs the claim erikti_region"),
        (["--as", "person"], {}, "the role needs the claim erikti_person"),
        (["--as", "person", "--person", "Aigerim"], {}, "erikti_person is malformed"),
        (
            ["--as", "person", "--person", b64encode(f"Award:{PERSON}".encode()).decode()],
            {},
            "erikti_person is malformed",
        ),
        (["--as", "ministry", "--seconds", "3601"], {}, "--seconds must be at most 3600"),
    ],
)
def test_the_command_refuses_what_no_server_would_take(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    done = erikti("token", *arguments, ERIKTI_DATA=str(tmp_path), **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_server_in_production_does_not_start_without_a_provider(tmp_path: Path) -> None:
    done = erikti("serve", ERIKTI_DATA=str(tmp_path), ERIKTI_PRODUCTION="on")
    assert done.returncode == 1
    assert "ERIKTI_OIDC_ISSUER: production needs an identity provider" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_server_in_demo_mode_says_so_at_every_start(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for variables, times in (({}, 1), ({}, 1), (ISSUER, 0)):
        with serving(ERIKTI_DATA=str(tmp_path), **variables):
            pass
        assert capfd.readouterr().err.count(NOTICE) == times


async def test_demo_tokens_are_worth_nothing_elsewhere(
    issuer: Issuer, server: Authenticator, tmp_path: Path
) -> None:
    token = DemoKeys(tmp_path).token("ministry", AUDIENCE, {}).encode()
    assert (await server.principal(token)).known
    for other in (
        authenticator(None, AUDIENCE, tmp_path / "other"),
        authenticator(issuer.url, AUDIENCE, tmp_path),
        authenticator(None, "urn:other:api", tmp_path),
    ):
        with pytest.raises(InvalidTokenError):
            await other.principal(token)


async def test_a_server_in_demo_mode_takes_no_other_tokens(
    issuer: Issuer, server: Authenticator
) -> None:
    with pytest.raises(InvalidTokenError, match="unknown key"):
        await server.principal(issuer.token("Ed25519").encode())


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: DemoKeys(tmp_path).key.kid, range(16)))
    assert len(names) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["demo-tokens.pem"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "::ffff:0.0.0.0"])
def test_demo_mode_off_this_machine_has_to_be_asked_for(tmp_path: Path, host: str) -> None:
    """Callers are not authenticated."""
    variables = {"HOST": host, "PORT": "0", "ERIKTI_DATA": str(tmp_path)}
    ended = erikti("serve", **variables)
    told = f"erikti: demo mode listens only on this machine, not at {host}: set ERIKTI_OIDC_ISSUER"
    assert ended.returncode == 1
    assert ended.stderr.startswith(told), ended.stderr
    assert "ERIKTI_DEMO=anywhere" in ended.stderr
    ended = erikti("serve", **variables, ERIKTI_DEMO="everywhere")
    assert "ERIKTI_DEMO: this is one of local, anywhere" in ended.stderr


def test_demo_mode_elsewhere_where_it_was_asked_for(tmp_path: Path) -> None:
    variables = {"ERIKTI_DATA": str(tmp_path), "ERIKTI_DEMO": "anywhere"}
    with serving(HOST="0.0.0.0", **variables) as (client, _):
        assert client.get("/healthz/live").status_code == 200
    with serving(HOST="localhost", ERIKTI_DATA=str(tmp_path)) as (client, _):
        assert client.get("/healthz/live").status_code == 200
