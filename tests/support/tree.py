"""The files of the tree: the product's own, and those around it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("schema", "resolvers", "models", "erikti")
TOP = ("server",)
GENERATED = "models/migrations/0"


def sources(*folders: str) -> list[Path]:
    """The Python files of the product, or of some of its folders."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    ours = [path for path in found if "node_modules" not in path.parts]
    return [path for path in ours if not str(path.relative_to(ROOT)).startswith(GENERATED)]


FILES = [*sources(*PRODUCT), *(ROOT / f"{name}.py" for name in TOP)]
ALL = [*FILES, *sources("tests", "benchmarks", "interop", "tools")]
INNER = ("schema.building", "schema.engine", "resolvers.dataloaders")


def module(path: Path) -> str:
    """The dotted name of a file's module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def room(name: str) -> str:
    """The room that a module is in: a part of ``erikti``, or a folder at the top or in it."""
    deep = ".".join(name.split(".")[:2])
    return deep if deep.startswith("erikti") or deep in INNER else name.partition(".")[0]
