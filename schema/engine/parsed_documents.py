"""A cache of parsed and validated documents."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)

from erikti.executor import Plans, RequestedFields, collect_requested_fields
from erikti.guard.costs import CostModel
from erikti.guard.limits import Limits
from erikti.guard.reader import Demand, Reader
from schema.building.costs import costs
from schema.engine.deprecations import Deprecated
from schema.engine.error_places import of_document

# A parsed document with its plans takes about 500 bytes and 2 objects for each character of its
# text. A full garbage collection of this many blocks the process for 0.3 s.
MAX_CHARACTERS = 100_000
LONG = 300  # characters from which parsing takes more than some milliseconds


@dataclass(frozen=True)
class Document:
    """A parsed document, or the errors of parsing or validating it.

    ``plans`` are those of its operations; ``notes`` hold other results that are computed once
    for each document. All are evicted with the document.
    """

    schema: GraphQLSchema
    node: DocumentNode | None
    errors: list[GraphQLError]
    plans: Plans = field(default_factory=Plans)
    notes: dict[object, Any] = field(default_factory=dict)
    demands: Sequence[Demand] = ()
    limits: Limits = field(default_factory=Limits)
    characters: int = 0  # of its text
    deprecated: tuple[str, ...] = ()  # messages about the deprecated parts that it uses

    def requested(
        self, name: str | None, variables: Mapping[str, object] | None, entities: int | None = None
    ) -> tuple[int, int]:
        """Return the maximum cost of an operation with these variables, in points.

        The second number is the cost of its conditions, which is charged in any case. An invalid
        or missing operation costs nothing. ``entities`` limits the representations.

        Raises GraphQLError with the code LIMIT_EXCEEDED if it goes over a limit.
        """
        demand = self._demand(name)
        if demand is None:
            return 0, 0
        return demand.check(variables, self.limits, entities)

    def fields(self, name: str | None) -> int:
        """Return the number of fields of an operation; fragments count at each spread."""
        demand = self._demand(name)
        return demand.fields if demand else 0

    def _demand(self, name: str | None) -> Demand | None:
        operation = None if self.errors else self.operation(name)
        return next((d for d in self.demands if d.operation is operation), None)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """Return the operation with this name, or the only one; None if there is none."""
        operations = self._operations
        if name is None:
            return operations[0] if len(operations) == 1 else None
        return next((o for o in operations if o.name and o.name.value == name), None)

    @cached_property
    def _operations(self) -> Sequence[OperationDefinitionNode]:
        definitions = self.node.definitions if self.node else ()
        return [d for d in definitions if isinstance(d, OperationDefinitionNode)]

    def requested_fields(self, name: str | None) -> RequestedFields | None:
        """Return the fields that an operation may request; None if there is no such operation."""
        found = self.operation(name)
        if found is None or self.node is None:
            return None
        definitions = self.node.definitions
        fragments = [d for d in definitions if isinstance(d, FragmentDefinitionNode)]
        return collect_requested_fields(self.schema, {f.name.value: f for f in fragments}, found)


class Documents:
    """The last used documents, by text; ``size`` limits their total characters."""

    def __init__(
        self,
        schema: GraphQLSchema,
        size: int = MAX_CHARACTERS,
        limits: Limits | None = None,
    ) -> None:
        self._schema = schema
        self._limits = limits or Limits()
        self.deprecated = Deprecated(schema)
        self._reader = Reader(CostModel(schema, costs(schema)), self._limits)
        self._known: LRUCache[str, Document] = LRUCache(size, lambda found: found.characters)
        self._thread = ThreadPoolExecutor(1, "documents")

    def is_slow(self, text: str) -> bool:
        """Whether parsing a text takes more than some milliseconds; False if it is cached."""
        return len(text) > LONG and text not in self._known

    async def prepare(self, text: str) -> None:
        """Parse a long text off the event loop and cache its document.

        One at a time, so that parsing uses at most one core of the processor.
        """
        if self.is_slow(text):
            loop = asyncio.get_running_loop()
            document = await loop.run_in_executor(self._thread, self._read, text)
            if text not in self._known:
                self._store(text, document)

    def is_cached(self, text: str) -> bool:
        """Whether the document of a text is cached."""
        return text in self._known

    def find(self, text: str) -> Document:
        """Return the document of a text, with the errors of parsing or validating it."""
        known = self._known.get(text)
        if known is not None:
            return known
        return self._store(text, self._read(text))

    def _store(self, text: str, document: Document) -> Document:
        if document.characters <= self._known.maxsize:
            self._known[text] = document
        return document

    def _read(self, text: str) -> Document:
        found = self._reader.read(text)
        return Document(
            self._schema,
            found.node,
            of_document(found.errors, found.node, self._schema) if found.node else found.errors,
            demands=found.demands,
            limits=self._limits,
            characters=len(text),
            deprecated=() if found.errors or not found.node else self.deprecated.used(found.node),
        )
