"""A plugin of mypy: strings that name columns must name those of the model.

A signature says whose columns a parameter names (``models/columns.py``):

    class OneBy(Generic[M]):  # a dataclass
        model: type[M]
        column: ColumnOf[M]

    OneBy(Region, "kode")  # error: Region has no column "kode"; did you mean "code"?
"""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TypeGuard

from mypy.expandtype import expand_type
from mypy.nodes import (
    CallExpr,
    Context,
    DictExpr,
    Expression,
    ListExpr,
    MypyFile,
    StarExpr,
    StrExpr,
    TupleExpr,
    TypeInfo,
    Var,
)
from mypy.plugin import FunctionContext, FunctionSigContext, MethodSigContext, Plugin
from mypy.types import (
    CallableType,
    FunctionLike,
    Instance,
    ProperType,
    TupleType,
    Type,
    TypeType,
    TypeVarId,
    TypeVarType,
    UnionType,
    get_proper_type,
)

ROOT = Path(__file__).parents[1]
MODULES = [f"models.{path.stem}" for path in sorted((ROOT / "models").glob("[a-z]*.py"))]
NAMES = "models.columns."
RELATIONS = ("models.base.refers_to", "models.base.only_one_of", "models.base.part_of")
CHECKED = ("resolvers.", "schema.", "erikti.writing.", "models.columns.")
LANGUAGES = ("_kk", "_ru", "_en")
SigContext = FunctionSigContext | MethodSigContext
# The model of each type variable of a call.
Models = dict[TypeVarId, TypeInfo]


class TypedColumns(Plugin):
    """Compares the names of columns, and gives relations the type of their record."""

    def get_function_signature_hook(
        self, fullname: str
    ) -> Callable[[FunctionSigContext], FunctionLike] | None:
        """Return the check of calls of the product's functions and classes."""
        return self._check if fullname.startswith(CHECKED) else None

    def get_method_signature_hook(
        self, fullname: str
    ) -> Callable[[MethodSigContext], FunctionLike] | None:
        """Return the check of calls of the product's methods."""
        return self._check if fullname.startswith(CHECKED) else None

    def get_function_hook(self, fullname: str) -> Callable[[FunctionContext], Type] | None:
        """Return what finds the type of a relation."""
        return self._relation if fullname in RELATIONS else None

    def get_additional_deps(self, file: MypyFile) -> list[tuple[int, str, int]]:
        """Make models and GraphQL types depend on the models that their strings name."""
        if file.fullname.startswith(("models.", "schema.")):
            return [(10, name, -1) for name in MODULES if name != file.fullname]
        return []

    def _check(self, ctx: SigContext) -> FunctionLike:
        signature = ctx.default_signature
        if any(_names(formal) for formal in signature.arg_types):
            models = Call(self, ctx).check(signature, ctx.args)
            found = {id_: Instance(model, []) for id_, model in models.items()}
            others = [each for each in signature.variables if each.id not in found]
            # Its arguments, such as ``Via("project.region")``, are of the same model.
            return expand_type(signature, found).copy_modified(variables=others)
        return signature

    def _relation(self, ctx: FunctionContext) -> Type:
        (target,) = ctx.args[0]
        model = self.model(target.value) if isinstance(target, StrExpr) else None
        if model is None:
            return ctx.default_return_type
        return Instance(model, [])

    def model(self, name: str, modules: Iterable[str] = MODULES) -> TypeInfo | None:
        """Return the model with a name; None if there is none."""
        for module in modules:
            found = self.lookup_fully_qualified(f"{module}.{name}")
            if found is not None and isinstance(found.node, TypeInfo):
                return found.node
        return None


class Call:
    """A call whose arguments name columns."""

    def __init__(self, plugin: TypedColumns, ctx: SigContext) -> None:
        self._plugin = plugin
        self._api = ctx.api
        self._local: set[str] = set()
        self._record: TypeInfo | None = None

    def check(self, signature: CallableType, given: list[list[Expression]]) -> Models:
        """Check the strings among the arguments, given by parameter; return the models."""
        models: Models = {}
        several = [
            (get_proper_type(formal), expressions)
            for formal, expressions in zip(signature.arg_types, given, strict=True)
        ]
        for formal, expressions in several:
            for expression in expressions:
                self._bind(models, formal, expression)
                kinds = {name.type.name for name in _names(formal)}
                if "Local" in kinds:
                    self._local |= set(_keys(expression))
                if "RecordType" in kinds and isinstance(expression, StrExpr):
                    self._name(expression)
        for formal, expressions in several:
            for expression in expressions:
                self._walk(models, formal, expression)
        return models

    def _name(self, record: StrExpr) -> None:
        """Find the model of the type of records that a call names."""
        module, _, name = record.value.rpartition(".")
        self._record = self._plugin.model(name, [f"models.{module}"])
        if self._record is None:
            self._api.fail(f'there is no model "{record.value}"', record)

    def _bind(self, models: Models, formal: ProperType, expression: Expression) -> None:
        """Find which models the type variables of a parameter stand for."""
        wanted = formal.item if isinstance(formal, TypeType) else formal
        if isinstance(formal, TypeType) and isinstance(wanted, TypeVarType):
            actual = get_proper_type(self._api.get_expression_type(expression))
            if isinstance(actual, CallableType) and actual.is_type_obj():
                models[wanted.id] = actual.type_object()
            elif isinstance(actual, TypeType) and isinstance(actual.item, Instance):
                models[wanted.id] = actual.item.type
        elif isinstance(formal, Instance) and formal.args and not _names(formal):
            actual = get_proper_type(self._api.get_expression_type(expression))
            if isinstance(actual, Instance) and actual.type is formal.type:
                values = map(get_proper_type, actual.args)
                for variable, value in zip(formal.args, values, strict=True):
                    if isinstance(variable, TypeVarType) and isinstance(value, Instance):
                        models[variable.id] = value.type

    def _walk(self, models: Models, formal: ProperType, expression: Expression) -> None:
        """Check what is written for a parameter: strings, and calls of which it is made."""
        if isinstance(expression, DictExpr) and _is_mapping(formal):
            keys, values = map(get_proper_type, formal.args)
            for key, value in expression.items:
                self._walk(models, values, value)
                if key is not None:
                    self._walk(models, keys, key)
            return
        names = [(name, self._model(models, name)) for name in _names(formal)]
        for item in _items(expression):
            if isinstance(item, CallExpr):
                self._nested(models, formal, item)
            for name, model in names:
                if model is not None and model.fullname != "tortoise.models.Model":
                    if isinstance(item, StrExpr):
                        self._compare(name.type.name, model, item)
                    elif self._is_text(item):
                        self._api.fail(f"write the name of a column of {model.name} here", item)

    def _is_text(self, expression: Expression) -> bool:
        """Return whether an expression is a string of which nothing else is known."""
        actual = get_proper_type(self._api.get_expression_type(expression))
        return isinstance(actual, Instance) and actual.type.fullname == "builtins.str"

    def _nested(self, models: Models, formal: ProperType, call: CallExpr) -> None:
        """Check a call whose model the parameter has: ``Via("project.region")`` of a listing."""
        callee = get_proper_type(self._api.get_expression_type(call.callee))
        made = get_proper_type(callee.ret_type) if isinstance(callee, CallableType) else None
        if not isinstance(callee, CallableType) or not isinstance(made, Instance):
            return
        for part in _instances(formal):
            if part.type is made.type and len(part.args) == 1:
                variable = get_proper_type(part.args[0])
                if isinstance(variable, TypeVarType) and variable.id in models:
                    self._arguments(callee, models[variable.id], call)

    def _arguments(self, callee: CallableType, model: TypeInfo, call: CallExpr) -> None:
        models = {variable.id: model for variable in callee.variables}
        for place, (name, expression) in enumerate(zip(call.arg_names, call.args, strict=True)):
            formal = callee.arg_types[callee.arg_names.index(name) if name else place]
            self._walk(models, get_proper_type(formal), expression)

    def _model(self, models: Models, name: Instance) -> TypeInfo | None:
        if name.type.name == "Local":
            return None
        if name.args:
            (of,) = map(get_proper_type, name.args)
            if isinstance(of, Instance):
                return of.type
            return models.get(of.id) if isinstance(of, TypeVarType) else None
        if name.type.name.startswith("Record"):
            return self._record if name.type.name == "RecordColumn" else None
        owner = self._api.scope.active_class()  # type: ignore[attr-defined]
        if owner is None:
            return None
        domain = owner.module_name.rpartition(".")[2]
        return self._plugin.model(owner.name, [f"models.{domain}"])

    def _compare(self, kind: str, model: TypeInfo, text: StrExpr) -> None:
        *steps, last = text.value.split(".") if kind == "Path" else [text.value]
        for step in steps:
            found = model.get(step)
            target = found and isinstance(found.node, Var) and get_proper_type(found.node.type)
            if not isinstance(target, Instance):
                self._fail(f'{model.name} has no relation "{step}"', step, _fields(model), text)
                return
            model = target.type
        fields = _fields(model)
        relations = {field for field in fields if f"{field}_id" in fields}
        stems = {field.removesuffix("_kk") for field in fields if field.endswith("_kk")}
        what, allowed = {
            "Column": ("column", fields - relations),
            "OwnColumn": ("column", fields - relations),
            "RecordColumn": ("column", fields - relations),
            "OwnText": ("text in three languages", stems),
            "Field": ("field", fields | stems | self._local),
            "Path": ("field", fields | stems | {"sustainable_development_goals"}),
        }[kind]
        if last not in allowed:
            self._fail(f'{model.name} has no {what} "{last}"', last, allowed, text)

    def _fail(self, message: str, name: str, allowed: set[str], context: Context) -> None:
        close = get_close_matches(name, sorted(allowed), 1)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        self._api.fail(message + hint, context)


def _instances(formal: Type) -> Iterator[Instance]:
    """Yield the classes that a parameter's type is made of."""
    found = get_proper_type(formal)
    if isinstance(found, Instance):
        yield found
        parts: Iterable[Type] = found.args
    elif isinstance(found, UnionType | TupleType):
        parts = found.items
    else:
        parts = ()
    for part in parts:
        yield from _instances(part)


def _names(formal: Type) -> list[Instance]:
    """Return the kinds of names that a parameter has."""
    return [part for part in _instances(formal) if part.type.fullname.startswith(NAMES)]


def _items(expression: Expression) -> Iterator[Expression]:
    """Yield an expression, or the items of what is written as a tuple, list or dict."""
    if isinstance(expression, TupleExpr | ListExpr):
        parts = expression.items
    elif isinstance(expression, DictExpr):
        parts = [value for _, value in expression.items]
    elif isinstance(expression, StarExpr):
        parts = [expression.expr]
    else:
        yield expression
        return
    for part in parts:
        yield from _items(part)


def _is_mapping(formal: ProperType) -> TypeGuard[Instance]:
    return isinstance(formal, Instance) and len(formal.args) == 2


def _keys(expression: Expression) -> Iterator[str]:
    """Yield the keys of what is written as a dict."""
    if isinstance(expression, DictExpr):
        yield from (key.value for key, _ in expression.items if isinstance(key, StrExpr))


def _fields(model: TypeInfo) -> set[str]:
    """Return the names of a model's fields and columns."""
    return {
        name
        for base in model.mro
        if not base.module_name.startswith(("builtins", "tortoise", "typing"))
        for name, symbol in base.names.items()
        if isinstance(symbol.node, Var) and not name.startswith("_")
    }


def plugin(_version: str) -> type[Plugin]:
    """Return the plugin, for any version of mypy."""
    return TypedColumns
