"""Parsing, measuring and validating of documents, each in limited time."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    OverlappingFieldsCanBeMergedRule,
    ValueNode,
    parse,
    specified_rules,
    validate,
    value_from_ast_untyped,
)

from erikti.errors import LimitError
from erikti.guard.conditions import Conditions, Weigh
from erikti.guard.costs import CostModel
from erikti.guard.estimates import Estimate, Size
from erikti.guard.limits import Limits
from erikti.guard.measures import Measure, Walk, fragments_of
from erikti.guard.merging import Merging

RULES = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]
OBJECTS = 4  # in a representation: itself, and those of nested keys
# The beginning of the parser's message, before anything that it repeats of the document.
TOO_MANY = "Syntax Error: Document contains more than"


@dataclass(frozen=True)
class Demand:
    """The cost of an operation, as far as it follows from its document."""

    operation: OperationDefinitionNode
    estimate: Estimate
    defaults: Mapping[str, object]
    conditions: Conditions
    weigh: Weigh
    fields: int
    entities: Mapping[Size, Node] = field(default_factory=dict)

    def check(
        self, variables: Mapping[str, object] | None, limits: Limits, entities: int | None = None
    ) -> tuple[int, int]:
        """Return the points of the operation with these variables, and those of its conditions.

        Raise GraphQLError with the code LIMIT_EXCEEDED if it exceeds a limit; ``entities`` is that
        of the caller's representations.
        """
        given = variables or {}
        values = {**self.defaults, **given}
        most = limits.entities if entities is None else entities
        named = self._representations(values, most)
        if given:
            inputs = {name: value for name, value in given.items() if name not in named}
            check_values(inputs, limits, limits.input_items, limits.input_objects)
            objects = max(limits.input_objects, most * OBJECTS)
            check_values({name: given.get(name) for name in named}, limits, most, objects)
        cost, nodes = self.estimate.value(values)
        conditions = self.conditions.cost(values, self.weigh)
        cost += conditions
        if cost > limits.cost:
            raise LimitError.exceeded("cost", cost, limits.cost, "points", self.operation)
        if nodes > limits.nodes:
            raise LimitError.exceeded("nodes", nodes, limits.nodes, "objects", self.operation)
        return cost, conditions

    def _representations(self, values: Mapping[str, object], most: int) -> Set[str]:
        """Return the variables with representations; raise LimitError if there are too many."""
        for size, place in self.entities.items():
            if (asked := size.value(values)) > most:
                raise LimitError.exceeded("entities", asked, most, "representations", place)
        return {name for size in self.entities for name in size.names}


@dataclass(frozen=True)
class Reading:
    """The result of reading a text: a document and its operations, or errors."""

    node: DocumentNode | None
    errors: list[GraphQLError]
    demands: list[Demand] = field(default_factory=list)


class Reader:
    """Reads documents for a schema within limits."""

    def __init__(self, model: CostModel, limits: Limits) -> None:
        self._model = model
        self._limits = limits

    def read(self, text: str) -> Reading:
        """Parse, measure and validate a document; stop at the first limit that it exceeds."""
        try:
            node = self._parse(text)
        except GraphQLError as error:
            return Reading(None, [error])
        try:
            demands = self._demands(node)
            return Reading(node, self._validate(self._model.schema, node), demands)
        except GraphQLError as error:
            return Reading(node, [error])

    def _parse(self, text: str) -> DocumentNode:
        most = self._limits.tokens
        try:
            # Comments count like any token.
            # The specification requires at least one selection; graphql-core does not by default.
            return parse(text, max_tokens=most, allow_empty_selection_sets=False)
        except GraphQLSyntaxError as error:
            if error.message.startswith(TOO_MANY):
                places = error.source, error.positions
                extensions = {"code": LimitError.code, "limit": "tokens", "allowed": most}
                message = f"tokens: at most {most} allowed"
                raise GraphQLError(message, None, *places, extensions=extensions) from None
            raise

    def _demands(self, document: DocumentNode) -> list[Demand]:
        fragments: dict[str, FragmentDefinitionNode] = dict(fragments_of(document.definitions))
        walk = Walk(self._model, self._limits, fragments)
        return [
            self._demand(walk, definition)
            for definition in document.definitions
            if isinstance(definition, OperationDefinitionNode)
        ]

    def _demand(self, walk: Walk, operation: OperationDefinitionNode) -> Demand:
        root = self._model.schema.get_root_type(operation.operation)
        found = walk.measure(operation.selection_set, root)
        declared = operation.variable_definitions or ()
        found.directives += len(operation.directives or ())
        found.directives += sum(len(variable.directives or ()) for variable in declared)
        defaults = {v.variable.name.value: v.default_value for v in declared if v.default_value}
        walk.values(defaults.values())
        self._check(found, operation)
        plain = {name: _plain(value) for name, value in defaults.items()}
        weigh = self._model.condition
        return Demand(
            operation,
            found.estimate,
            plain,
            found.conditions,
            weigh,
            found.fields,
            found.entities,
        )

    def _check(self, found: Measure, operation: OperationDefinitionNode) -> None:
        limits = self._limits
        deepest: Node = found.deepest or operation
        for name, asked, unit, place in (
            ("depth", found.depth, "levels", deepest),
            ("introspection_depth", found.introspection, "levels", operation),
            ("nesting", found.nesting, "levels", operation),
            ("root_fields", found.level, "fields", operation),
            ("aliases", found.aliases, "aliases", operation),
            ("directives", found.directives, "directives", operation),
            ("fields", found.fields, "fields", operation),
        ):
            allowed: int = getattr(limits, name)
            if asked > allowed:
                raise LimitError.exceeded(name, asked, allowed, unit, place)

    def _validate(self, schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
        # Suggestions would compare each unknown name with every known name.
        most = self._limits.validation_errors
        errors = validate(schema, document, RULES, max(most - 1, 1), hide_suggestions=True)
        if errors:
            return errors[:most]
        definitions = document.definitions
        merging = Merging(schema, dict(fragments_of(definitions)), self._limits.merged_fields)
        return merging.errors(d for d in definitions if isinstance(d, OperationDefinitionNode))


def check_values(values: Mapping[str, object], limits: Limits, items: int, objects: int) -> None:
    """Check the lists and depth of variables; raise GraphQLError at the first violation.

    A list has at most ``items`` items; there are at most ``objects`` objects and arrays in all.
    """
    waiting: list[tuple[list[object] | dict[str, object], int]] = [
        (value, 1) for value in values.values() if isinstance(value, list | dict)
    ]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if count > objects:
            raise LimitError.exceeded("input_objects", count, objects, "objects and arrays")
        if depth > limits.nesting:
            raise LimitError.exceeded("nesting", depth, limits.nesting, "levels")
        if isinstance(value, list):
            if len(value) > items:
                raise LimitError.exceeded("input_items", len(value), items, "items")
            inner = value
        else:
            inner = list(value.values())
        waiting += [(item, depth + 1) for item in inner if isinstance(item, list | dict)]


def _plain(value: ValueNode) -> object:
    return value_from_ast_untyped(value)
