"""Who pays for an operation: an address, a client, or one of the users that a client acts for."""

from typing import NamedTuple

from erikti.auth.principal import Principal


class Payer(NamedTuple):
    """``who`` pays; and ``client``, where that is set, for all of its users together."""

    who: str
    client: str | None = None


def payer(principal: Principal, address: str) -> Payer:
    """Who pays for a caller; without a token it is the address."""
    if not principal.known:
        return Payer(address)
    client = f"client:{principal.client}"
    if principal.subject in (None, principal.client):
        return Payer(client)
    # Whatever characters both are of, they are told apart by the length of one.
    user = f"user:{len(principal.client or '')}:{principal.client}:{principal.subject}"
    return Payer(user, client)
