"""What a caller sees: the attributes that responses depend on."""

from erikti.auth.principal import Principal


def sees(principal: Principal) -> tuple[str, ...]:
    """Return the attributes of the caller that a response may depend on."""
    narrowed = (principal.country, principal.region, principal.programme, principal.person)
    others = (*narrowed, principal.source_system)
    return (" ".join(sorted(principal.scopes)), *(part or "" for part in others))
