"""An invented country, from a fixed seed, that has the published figures when counted."""

from demo.build import DemoRefusedError, Summary, build
from demo.nation import SEED, Nation, ScaleError

__all__ = ["SEED", "DemoRefusedError", "Nation", "ScaleError", "Summary", "build"]
