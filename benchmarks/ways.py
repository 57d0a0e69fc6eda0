"""Ways of sending an operation: with few headers, or with those of browsers and gateways."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

ORIGIN = "https://portal.example"
PLACE = re.compile(r"\{(\d+)\}")  # so many hexadecimal digits, others in each request


@dataclass(frozen=True)
class Way:
    """The headers of requests besides the content type and the token.

    ``{32}`` in a value stands for 32 hexadecimal digits that differ from request to request (also
    in ``post.lua``). ``settings`` are those of Erikti that make it look at the headers.
    """

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


PLAIN = Way("plain")
SENT = Way(
    "sent",
    {
        "accept-encoding": "gzip, deflate, br, zstd",
        "accept-language": "kk-KZ,kk;q=0.9,ru;q=0.8,en;q=0.7",
        "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        "origin": ORIGIN,
        "referer": f"{ORIGIN}/",
        "sec-fetch-dest": "empty",
        "sec-fetch-mode": "cors",
        "sec-fetch-site": "cross-site",
        "x-request-id": "{32}",
        "traceparent": "00-{32}-{16}-01",
        "apollographql-client-name": "portal",
        "apollographql-client-version": "1.4.2",
    },
    {"ERIKTI_CORS_ORIGINS": ORIGIN},
)


def filled(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of one request, with new digits for the places in them."""
    return {name: PLACE.sub(_digits, value) for name, value in headers.items()}


def _digits(place: re.Match[str]) -> str:
    return secrets.token_hex(int(place[1]) // 2)
