"""Forms of text to search and to sort by, the same on every database; imports nothing of ours."""

from erikti.text.folding import fold
from erikti.text.sort_keys import MAX_KEY, sort_key

__all__ = ["MAX_KEY", "fold", "sort_key"]
