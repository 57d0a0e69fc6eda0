"""A real OpenID Connect provider: only its access tokens are accepted."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from erikti.auth.authenticator import Authenticator, authenticator
from erikti.auth.scopes import Scope
from erikti.errors import InvalidTokenError
from tests.support import node
from tests.support.issuer import AUDIENCE

pytestmark = pytest.mark.usefixtures("processes")

FOLDER = Path(__file__).with_name("provider")
ALGORITHMS = ("RS256", "ES256", "Ed25519")
CALLBACK = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """The issuer of a running provider."""
    node.install(FOLDER, npm=["npm"])
    process = subprocess.Popen(
        ["node", "provider.js"],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def server(provider: str, tmp_path: Path) -> Authenticator:
    """Return an authenticator for the provider."""
    return authenticator(provider, AUDIENCE, tmp_path)


def secret(algorithm: str) -> httpx.BasicAuth:
    return httpx.BasicAuth(f"partner-{algorithm}", f"secret-of-partner-{algorithm}")


def access_token(provider: str, algorithm: str, resource: str = AUDIENCE) -> str:
    """A token for a client itself."""
    form = {
        "grant_type": "client_credentials",
        "resource": resource,
        "scope": "cis_forum:read people:read audit:read",
    }
    answer = httpx.post(f"{provider}/token", data=form, auth=secret(algorithm))
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


def sign_in(provider: str, algorithm: str) -> dict[str, str]:
    """The tokens for a user who signs in and agrees, as in a browser."""
    query = {
        "client_id": f"partner-{algorithm}",
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid people:read",
        "resource": AUDIENCE,
    }
    with httpx.Client(base_url=provider) as browser:
        answer = browser.get("/auth", params=query)
        while True:
            address = answer.headers.get("location", "")
            if address.startswith(CALLBACK):
                break
            if answer.is_redirect:
                answer = browser.get(address)
                continue
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert prompt is not None, answer.text
            form = {"prompt": prompt[1], "login": "user-7", "password": "x"}
            answer = browser.post(str(answer.url), data=form)
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(address).query)["code"][0],
            "redirect_uri": CALLBACK,
            "resource": AUDIENCE,
        }
        answer = browser.post("/token", data=form, auth=secret(algorithm))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_the_access_token_of_a_client_is_taken(
    provider: str, server: Authenticator, algorithm: str
) -> None:
    found = await server.principal(access_token(provider, algorithm).encode())
    assert found.client == found.subject == f"partner-{algorithm}"
    # The provider granted one scope that the role does not have.
    assert found.scopes == {Scope.CIS_FORUM_READ, Scope.PEOPLE_READ}
    assert (found.role, found.country, found.foreign) == ("partner", "KG", True)


async def test_the_token_for_another_server_is_refused(
    provider: str, server: Authenticator
) -> None:
    token = access_token(provider, "RS256", "urn:other:api")
    with pytest.raises(InvalidTokenError, match="aud"):
        await server.principal(token.encode())


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_of_a_user_the_access_token_is_taken_and_the_id_token_refused(
    provider: str, server: Authenticator, algorithm: str
) -> None:
    tokens = sign_in(provider, algorithm)
    found = await server.principal(tokens["access_token"].encode())
    assert (found.client, found.subject) == (f"partner-{algorithm}", "user-7")
    with pytest.raises(InvalidTokenError, match="not an access token"):
        await server.principal(tokens["id_token"].encode())


async def test_another_server_of_the_same_provider_refuses_it(
    provider: str, tmp_path: Path
) -> None:
    other = authenticator(provider, "urn:other:api", tmp_path)
    with pytest.raises(InvalidTokenError, match="aud"):
        await other.principal(access_token(provider, "ES256").encode())
