"""The files of the tree: the product's own, and those around it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = (
    "audit",
    "auth",
    "cache",
    "commands",
    "executor",
    "guard",
    "models",
    "resolvers",
    "schema",
    "sealing",
    "importers",
    "demo",
    "documents",
    "console",
    "endpoint",
)
TOP = ("server", "cli", "settings", "worker")
GENERATED = "models/migrations/0"


def sources(*folders: str) -> list[Path]:
    """The Python files of the product, or of some of its folders."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    ours = [path for path in found if "node_modules" not in path.parts]
    return [path for path in ours if not str(path.relative_to(ROOT)).startswith(GENERATED)]


FILES = [*sources(*PRODUCT), *(ROOT / f"{name}.py" for name in TOP)]
ALL = [*FILES, *sources("tests", "benchmarks", "interop", "tools")]


def module(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def part(name: str) -> str:
    """The part of the product that a module belongs to."""
    head = name.partition(".")[0]
    if head == "commands":  # each of them is a part of its own
        return ".".join(name.split(".")[:2])
    return "resolvers.dataloaders" if name.startswith("resolvers.dataloaders") else head
