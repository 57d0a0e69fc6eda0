"""Why a caller was not let in, in words that hold nothing of what they sent."""

REALM = "erikti"


class InvalidTokenError(Exception):
    """What was shown does not identify anybody.

    ``error`` is a code of RFC 6750, ``description`` a fixed text for the caller, ``status`` the
    HTTP status: 400 where the request is malformed, 401 otherwise.
    """

    def __init__(self, description: str, error: str = "invalid_token") -> None:
        super().__init__(description)
        self.description = description
        self.error = error

    @property
    def status(self) -> int:
        """The HTTP status."""
        return 400 if self.error == "invalid_request" else 401

    @property
    def challenge(self) -> str:
        """The value of ``WWW-Authenticate``."""
        return (
            f'Bearer realm="{REALM}", error="{self.error}", error_description="{self.description}"'
        )


class ProviderUnavailableError(Exception):
    """Nobody can tell now whether a token is good: the identity provider is away."""

    status = 503

    def __init__(self, description: str = "the identity provider cannot be reached now") -> None:
        super().__init__(description)
        self.description = description
