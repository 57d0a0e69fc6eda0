"""In which media type a caller wants the answer (RFC 9110, 12.5.1; GraphQL over HTTP)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
PAGE = "text/html"

# Where a caller wishes neither more than the other, the first is given.
ANSWERS = (JSON, GRAPHQL_JSON)


@dataclass(frozen=True)
class Range:
    """One wish of an ``Accept`` header: ``type/*``, with its parameters, and how much."""

    media: str
    quality: float
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def precision(self) -> int:
        """0 for anything, 1 for any of a type, 2 for one media type, 3 with parameters."""
        if self.media == "*/*":
            return 0
        return 1 if self.media.endswith("/*") else 3 if self.parameters else 2

    def covers(self, media: str) -> bool:
        """Whether a media type is among those wished."""
        return self.precision == 0 or media == self.media or self._any_of(media)

    def _any_of(self, media: str) -> bool:
        return self.precision == 1 and media.startswith(self.media[:-1])


ANYTHING = Range("*/*", 1.0)


@lru_cache(maxsize=1000)
def preferred(accept: str, offers: tuple[str, ...] = ANSWERS) -> str | None:
    """The media type, of those offered, that an ``Accept`` header wishes most; None for none.

    Of equal wishes the one counts that is named first, and of what it covers the first offer.
    A header that is absent, empty or nothing but rubbish wishes anything.
    """
    wishes = list(ranges(accept)) or [ANYTHING]
    for wish in sorted(wishes, key=lambda wish: -wish.quality):
        for offer in offers:
            if wish.covers(offer) and _quality(offer, wishes) == wish.quality > 0:
                return offer
    return None


def wished(accept: str, media: str) -> float:
    """How much an ``Accept`` header wishes a media type, from 0 to 1."""
    wishes = [*ranges(accept)] or [ANYTHING]
    return _quality(media, [Range("*/*", 0.0), *wishes])


def _quality(media: str, wishes: list[Range]) -> float:
    """How much a media type is wished: what names it most precisely decides."""
    naming = [wish for wish in wishes if wish.covers(media)]
    return max(naming, key=lambda wish: (wish.precision, wish.quality)).quality


def ranges(accept: str) -> Iterator[Range]:
    """The wishes of an ``Accept`` header, without those that are none."""
    for part in accept.split(","):
        media, *given = (piece.strip() for piece in part.lower().split(";"))
        pairs = (piece.partition("=")[::2] for piece in given)
        parameters = {name.strip(): value.strip(' "') for name, value in pairs}
        quality = _number(parameters.pop("q", "1"))
        parameters.pop("charset", None)  # JSON is in UTF-8, whatever is wished
        if media.count("/") == 1 and quality is not None:
            yield Range(media, quality, parameters)


def _number(text: str) -> float | None:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return None
