"""The caller of an operation."""

from dataclasses import dataclass

from erikti.auth.scopes import Scope

# The country that the data belongs to (ISO 3166-1); other countries are foreign.
HOME = "KZ"
# The United Nations: a code that ISO 3166-1 reserves for them.
UNITED_NATIONS = "UN"


@dataclass(frozen=True)
class Principal:
    """A caller with their permissions.

    ``role`` is a key of ``erikti.auth.roles.ROLES``. Every caller with a token has a country.
    ``country`` (ISO 3166-1 alpha-2), ``region`` (ISO 3166-2), ``programme`` (UUID of a UN Volunteer
    programme) and ``person`` (UUID of the data subject) restrict the visible rows.
    ``source_system`` is the code of the system whose own identifiers the caller may read.
    ``expires_at`` is in seconds since 1970; None without a token.
    """

    client: str | None = None
    subject: str | None = None
    role: str | None = None
    organisation: str | None = None
    scopes: frozenset[Scope] = frozenset()
    country: str | None = None
    region: str | None = None
    programme: str | None = None
    person: str | None = None
    source_system: str | None = None
    expires_at: float | None = None

    @property
    def known(self) -> bool:
        """Whether the caller has presented a token."""
        return self.client is not None

    @property
    def foreign(self) -> bool:
        """Whether the caller acts for another country, so that consent is needed.

        The United Nations need none: the volunteers that they place agreed to it by serving.
        """
        return self.country not in (None, HOME, UNITED_NATIONS)


# Every caller without a token.
PUBLIC = Principal()
