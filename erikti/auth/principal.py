"""The caller of an operation as the server knows them."""

from dataclasses import dataclass

from erikti.auth.scopes import Scope

# The country whose data these are (ISO 3166-1); other countries are foreign.
HOME = "KZ"
# The United Nations among countries: a code that ISO 3166-1 reserves for them.
UNITED_NATIONS = "UN"


@dataclass(frozen=True)
class Principal:
    """A caller: what they may do, and for whom they ask.

    ``role`` is a key of ``erikti.auth.roles.ROLES``. Whoever showed a token has a country, ours
    included. ``country`` (ISO 3166-1 alpha-2), ``region`` (ISO 3166-2), ``programme`` (UUID of a UN
    Volunteer programme) and ``person`` (UUID of the data subject themselves) narrow the rows
    that they see. ``expires_at`` is in seconds since 1970; None for the public.
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
    expires_at: float | None = None

    @property
    def known(self) -> bool:
        """Whether the caller has identified themselves."""
        return self.client is not None

    @property
    def foreign(self) -> bool:
        """Whether they ask for another country, so that consent is needed.

        The United Nations read about those whom they place, who agreed to it by serving.
        """
        return self.country not in (None, HOME, UNITED_NATIONS)


# Whoever shows no token.
PUBLIC = Principal()
