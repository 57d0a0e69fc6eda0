"""Headers of requests with tokens, and how tests make authenticators."""

from collections.abc import Callable

from erikti.auth.authenticator import Authenticator

Make = Callable[..., Authenticator]


def bearer(token: str, *others: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    """The headers of a request with a token."""
    return [(b"authorization", b"Bearer " + token.encode()), *others]
