"""Content negotiation: the media type of a response (RFC 9110, 12.5.1; GraphQL over HTTP)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
PAGE = "text/html"

# If a client prefers none of them, the first is sent.
ANSWERS = (JSON, GRAPHQL_JSON)


@dataclass(frozen=True)
class Range:
    """One media range of an ``Accept`` header, with its parameters and its quality."""

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
        """Whether a media type is in the range."""
        return self.precision == 0 or media == self.media or self._any_of(media)

    def _any_of(self, media: str) -> bool:
        return self.precision == 1 and media.startswith(self.media[:-1])


ANYTHING = Range("*/*", 1.0)


@lru_cache(maxsize=1000)
def preferred(accept: str, offers: tuple[str, ...] = ANSWERS) -> str | None:
    """The offered media type that an ``Accept`` header prefers; None if it accepts none.

    Of equal ranges the first counts, and of the offers in a range the first. A header that is
    absent, empty or malformed accepts anything.
    """
    found = list(ranges(accept)) or [ANYTHING]
    for one in sorted(found, key=lambda one: -one.quality):
        for offer in offers:
            if one.covers(offer) and _quality(offer, found) == one.quality > 0:
                return offer
    return None


def quality_of(accept: str, media: str) -> float:
    """The quality of a media type in an ``Accept`` header, from 0 to 1."""
    found = [*ranges(accept)] or [ANYTHING]
    return _quality(media, [Range("*/*", 0.0), *found])


def _quality(media: str, found: list[Range]) -> float:
    """The quality of a media type, by the most precise range."""
    naming = [one for one in found if one.covers(media)]
    return max(naming, key=lambda one: (one.precision, one.quality)).quality


def ranges(accept: str) -> Iterator[Range]:
    """The ranges of an ``Accept`` header, without malformed ones."""
    for part in accept.split(","):
        media, *given = (piece.strip() for piece in part.lower().split(";"))
        pairs = (piece.partition("=")[::2] for piece in given)
        parameters = {name.strip(): value.strip(' "') for name, value in pairs}
        quality = _number(parameters.pop("q", "1"))
        parameters.pop("charset", None)  # JSON is always in UTF-8
        if media.count("/") == 1 and quality is not None:
            yield Range(media, quality, parameters)


def _number(text: str) -> float | None:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return None
