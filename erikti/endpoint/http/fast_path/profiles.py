"""What the headers of a request decide by themselves, whatever its body holds."""

from collections.abc import Iterable
from dataclasses import dataclass

from erikti.endpoint.bodies import check_type
from erikti.endpoint.http.negotiation import preferred
from erikti.endpoint.http.stream_formats import prefers_parts
from erikti.endpoint.requests import language, stated_purpose
from erikti.errors import RequestError
from models.people import Language
from schema.engine.federated_traces import REQUESTED as TRACED

# All headers that the endpoint, its middleware and its guards read. A test finds them in the code.
# Some decide how a request is treated; requests with equal ones have one profile.
DECIDING = frozenset(
    {
        *(b"accept", b"accept-encoding", b"accept-language", b"authorization", b"content-encoding"),
        *(b"content-type", b"origin", b"x-purpose", TRACED[0].encode()),
    }
)
# Others differ from request to request, and are read at each.
VARYING = frozenset({b"content-length", b"traceparent", b"x-forwarded-for", b"x-request-id"})
# The rest decides nothing here: certificates are for bound tokens, traces of several systems are
# continued but not reported, and validators, preflights and upgrades belong to other methods.
IGNORED = frozenset(
    {
        *(b"client-cert", b"tracestate", b"if-none-match"),
        *(b"access-control-request-method", b"access-control-request-headers"),
        b"access-control-request-private-network",
    }
)


@dataclass(frozen=True, slots=True)
class Profile:
    """The media type of the response, its language and the stated purpose."""

    media: str
    language: Language
    purpose: str | None


def profile(pairs: Iterable[tuple[bytes, bytes]]) -> Profile | None:
    """Return what these headers decide; None if the request may be rejected for them, if its
    response may be a stream or hold a trace, or if one of them occurs twice."""
    pairs = list(pairs)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in pairs}
    if len(headers) < len(pairs) or headers.get(TRACED[0]) == TRACED[1]:
        return None
    accept = headers.get("accept", "")
    media = preferred(accept)
    if media is None or prefers_parts(accept):
        return None
    try:
        check_type(pairs)
        return Profile(media, language(headers.get("accept-language", "")), stated_purpose(headers))
    except RequestError:
        return None
