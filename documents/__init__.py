"""Documents by their hash: a manifest of published ones, and those that clients register."""

from documents.automatic import Automatic
from documents.manifest import Manifest

__all__ = ["Automatic", "Manifest"]
