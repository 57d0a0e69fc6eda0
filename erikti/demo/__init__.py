"""A generated country, from a fixed seed, whose counts match the published figures."""

from erikti.demo.build import DemoRefusedError, Summary, build
from erikti.demo.nation import SEED, Nation, ScaleError

__all__ = ["SEED", "DemoRefusedError", "Nation", "ScaleError", "Summary", "build"]
