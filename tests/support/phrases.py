"""Phrases that docs/style.md asks to avoid."""

import re

PHRASES = re.compile(
    r"\b(?:(?:no|some)body|who(?:ever|\s+asks)|(?:is|are|was|been)\s+told|(?:wi)sh(?:es)?)\b",
    re.IGNORECASE,
)
