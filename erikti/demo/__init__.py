"""An invented country, from a fixed seed, that has the published figures when counted."""

from erikti.demo.build import DemoRefusedError, Summary, build
from erikti.demo.nation import SEED, Nation, ScaleError

__all__ = ["SEED", "DemoRefusedError", "Nation", "ScaleError", "Summary", "build"]
