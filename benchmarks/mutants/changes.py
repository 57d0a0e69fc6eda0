"""Generation of changes, each to one node of a module's syntax tree, or named in ``named.toml``."""

import ast
import hashlib
import tomllib
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = Path(__file__).with_name("named.toml")
OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Change:
    """One change: its module's path, its function or class, its line and its effect.

    A named one replaces ``text`` by ``new``, for what is no node of its own, such as SQL; ``first``
    are the tests to run before the others.
    """

    path: str
    place: str
    line: int
    text: str
    what: str
    number: int
    new: str | None = None
    first: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Return a key that is stable while the function is unchanged."""
        return f"{self.path}::{self.place}: {self.text} [{self.what}]"

    @property
    def rank(self) -> bytes:
        """Return a pseudo-random sort key that is the same in every run."""
        return hashlib.sha256(self.key.encode()).digest()


Edit = tuple[str, Callable[[], None]]


def changes(path: str) -> list[Change]:
    """Return all changes of a module."""
    return [change for change, _ in _found(path)]


def named(part: str) -> list[Change]:
    """Return the named changes of a part; fails if one does not fit its module any more."""
    found = []
    for each in tomllib.loads(NAMED.read_text(encoding="utf-8")).get(part, ()):
        before, *rest = (ROOT / each["path"]).read_text(encoding="utf-8").split(each["old"])
        if len(rest) != 1:
            raise ValueError(f"{each['path']} has {len(rest)} times {each['old']!r}")
        line = before.count("\n") + 1
        change = Change(each["path"], "", line, each["old"], each["what"], 0, each["new"])
        found.append(replace(change, first=(each["first"],)))
    return found


def changed(change: Change) -> ast.Module:
    """Return the module's tree with this change."""
    source = (ROOT / change.path).read_text(encoding="utf-8")
    if change.new is not None:
        return ast.parse(source.replace(change.text, change.new))
    tree = ast.parse(source)
    edits = list(_edits(tree))
    edits[change.number][2][1]()
    return ast.fix_missing_locations(tree)


def _found(path: str) -> Iterator[tuple[Change, Edit]]:
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = text.splitlines()
    seen: dict[str, int] = {}
    for number, (place, node, edit) in enumerate(_edits(ast.parse(text))):
        line = (node.target if isinstance(node, ast.comprehension) else node).lineno  # type: ignore[attr-defined]
        change = Change(path, place, line, lines[line - 1].strip(), edit[0], number)
        again = seen[change.key] = seen.get(change.key, 0) + 1
        if again > 1:
            change = Change(path, place, line, change.text, f"{edit[0]}, {again}", number)
        yield change, edit


def _edits(tree: ast.Module) -> Iterator[tuple[str, ast.AST, Edit]]:
    for place, node, parent in _walk(tree, ""):
        for edit in _of(node, parent):
            if place or not edit[0].endswith("plus 1"):  # module constants are tuned manually
                yield place, node, edit


def _walk(node: ast.AST, place: str) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment", "names"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_left_alone(child):
                continue
            inner = place
            if isinstance(child, (*FUNCTIONS, ast.ClassDef)):
                inner = f"{place}.{child.name}".lstrip(".")
            yield inner, child, node
            yield from _walk(child, inner)


def _is_left_alone(node: ast.AST) -> bool:
    """Return whether a node has no effect on behaviour: messages, assertions, types."""
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True  # zip(strict=True) is an assertion
    if isinstance(node, ast.Expr):
        value = node.value
        return isinstance(value, ast.Constant) or (
            isinstance(value, ast.Call) and ast.unparse(value.func).startswith("logger.")
        )
    return False


def _of(node: ast.AST, parent: ast.AST) -> Iterator[Edit]:
    """Yield the edits of a node."""
    yield from _operators(node)
    yield from _statements(node)
    if isinstance(parent, ast.keyword) and parent.arg == "strict":
        return  # of zip, which only turns impossible cases into errors
    if isinstance(parent, ast.arguments | ast.AnnAssign) and _is_a_setting(node):
        return
    match node:
        case ast.If() | ast.While() | ast.IfExp() if _is_plain(node.test):
            yield "condition negated", _set(node, "test", ast.UnaryOp(ast.Not(), node.test))
        case ast.comprehension() if node.ifs:
            yield "filter removed", _set(node, "ifs", [])
        case ast.Slice() if node.upper is not None:
            yield "end of the slice removed", _set(node, "upper", None)
        case ast.Constant(value=bool()):
            yield f"{node.value!r} turned", _set(node, "value", not node.value)
        case ast.Constant(value=int() | float()) if not isinstance(parent, ast.UnaryOp):
            yield f"{node.value!r} plus 1", _set(node, "value", node.value + 1)  # type: ignore[operator]


def _operators(node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Compare():
            if "time()" in ast.unparse(node) or "monotonic()" in ast.unparse(node):
                return  # no test hits the exact instant
            for index, operator in enumerate(node.ops):
                other = OTHER[type(operator)]
                named = f"{type(operator).__name__} -> {other.__name__}"
                yield named, _put(node.ops, index, other())
        case ast.BoolOp() | ast.BinOp() if type(node.op) in OTHER and not _has_text(node):
            other = OTHER[type(node.op)]
            yield f"{type(node.op).__name__} -> {other.__name__}", _set(node, "op", other())
        case ast.UnaryOp(op=ast.Not()):
            bare = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
            yield "not removed", _become(node, bare)


def _statements(node: ast.AST) -> Iterator[Edit]:
    match node:
        case ast.Return(value=value) if value is not None and not isinstance(value, ast.Constant):
            yield "returns None", _set(node, "value", ast.Constant(None))
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield()) | ast.AugAssign() | ast.Raise():
            yield "removed", _become(node, ast.Pass())
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "removed", _become(node, ast.Pass())
        case ast.Continue() | ast.Break():
            yield "removed", _become(node, ast.Pass())


def _is_a_setting(node: ast.AST) -> bool:
    """Return whether it is a default number, which is tuned manually like a constant."""
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and node.value > 1


def _is_plain(test: ast.expr) -> bool:
    return not isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp)


def _has_text(node: ast.AST) -> bool:
    parts = (node.left, node.right) if isinstance(node, ast.BinOp) else ()
    return any(
        isinstance(part, ast.JoinedStr) or isinstance(getattr(part, "value", None), str | bytes)
        for part in parts
    )


def _set(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, deepcopy(value))


def _put(found: list[ast.cmpop], index: int, value: ast.AST) -> Callable[[], None]:
    return lambda: found.__setitem__(index, value)  # type: ignore[call-overload]


def _become(node: ast.AST, other: ast.AST) -> Callable[[], None]:
    """Return an edit that replaces a node in place."""

    def edit() -> None:
        replacement = deepcopy(other)
        ast.copy_location(replacement, node)
        node.__class__ = replacement.__class__
        node.__dict__.clear()
        node.__dict__.update(replacement.__dict__)

    return edit
