"""Whose budget an operation is charged to: an address, a client, or a user of a client."""

from typing import NamedTuple

from erikti.auth.principal import Principal


class Payer(NamedTuple):
    """The account ``who``, and ``client`` for all users of a client together, if set."""

    who: str
    client: str | None = None


def payer(principal: Principal, address: str) -> Payer:
    """The payer for a caller: without a token, its address."""
    if not principal.known:
        return Payer(address)
    client = f"client:{principal.client}"
    if principal.subject in (None, principal.client):
        return Payer(client)
    # The length keeps two pairs apart, whatever characters they contain.
    user = f"user:{len(principal.client or '')}:{principal.client}:{principal.subject}"
    return Payer(user, client)
