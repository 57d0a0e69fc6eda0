"""A provider on loopback, and authenticators that trust it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from erikti.auth.authenticator import Authenticator, Bound
from erikti.auth.provider import Pace, Provider
from erikti.auth.single_use import UsedTokenIds
from erikti.auth.tokens import Rules, Verifier
from erikti.serving.addresses import Proxies, networks
from tests.auth.making import Make
from tests.support.issuer import AUDIENCE, Issuer, running


@pytest.fixture(scope="module")
def running_issuer() -> Iterator[Issuer]:
    """A provider shared by the tests of a file, which must not change it."""
    with running() as issuer:
        yield issuer


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """A provider that the test may change."""
    with running() as found:
        yield found


@pytest.fixture
def spent(tmp_path: Path) -> Iterator[UsedTokenIds]:
    """A list of used tokens that is closed in the end."""
    found = UsedTokenIds(tmp_path / "spent.db")
    yield found
    found.close()


@pytest.fixture
def make(spent: UsedTokenIds) -> Make:
    """Makes authenticators for a provider."""

    def made(
        issuer: Issuer,
        pace: Pace | None = None,
        leeway: float = 30,
        trusted: tuple[str, ...] = (),
        bound: Bound = Bound.NONE,
        kept: int = 1000,
    ) -> Authenticator:
        verifier = Verifier(Provider(issuer.url, pace), Rules(issuer.url, AUDIENCE, leeway=leeway))
        proxies = Proxies(certifying=networks(",".join(trusted)))
        return Authenticator(verifier, spent, proxies, bound, kept)

    return made
