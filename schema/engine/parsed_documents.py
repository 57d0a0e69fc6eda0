"""Documents parsed and validated once, and kept: the way in of every operation."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
)

from erikti.errors import BadUserInputError
from erikti.executor import Plans, RequestedFields, collect_requested_fields
from erikti.guard.costs import CostModel
from erikti.guard.limits import Limits
from erikti.guard.reader import Demand, Reader
from schema.building.costs import costs

# A parsed document with its plans takes some 500 bytes and 2 objects for each character of its
# text. A full look for garbage passes over all of them while nobody is answered: 0.3 s for these.
MAX_CHARACTERS = 100_000
LONG = 300  # characters of a text that takes more than some milliseconds to be read


@dataclass(frozen=True)
class Document:
    """What a text turned out to be: a document, or the errors that say why it is none.

    ``plans`` are those of its operations; ``notes``, what others worked out of it and want
    to find again. All go with the document.
    """

    schema: GraphQLSchema
    node: DocumentNode | None
    errors: list[GraphQLError]
    plans: Plans = field(default_factory=Plans)
    notes: dict[Any, Any] = field(default_factory=dict)
    demands: Sequence[Demand] = ()
    limits: Limits = field(default_factory=Limits)
    characters: int = 0  # of its text

    def requested(self, name: str | None, variables: Mapping[str, Any] | None) -> tuple[int, int]:
        """The points that an operation may cost at most with these variables.

        The second number is those of its conditions, which it costs in any case.

        Raises GraphQLError with the code LIMIT_EXCEEDED where it goes over a limit, and
        BadUserInputError where a condition has no value. An operation that cannot be executed,
        or that there is none of, costs nothing.
        """
        demand = self._demand(name)
        if demand is None:
            return 0, 0
        cost = demand.check(variables, self.limits)
        if omitted := demand.omitted(variables):
            variable, place = omitted
            text = f"the variable ${variable} has no value: give one, or leave the condition out"
            raise BadUserInputError(place, text)
        return cost

    def fields(self, name: str | None) -> int:
        """How many fields an operation has, those of fragments as often as they are spread."""
        demand = self._demand(name)
        return demand.fields if demand else 0

    def _demand(self, name: str | None) -> Demand | None:
        operation = None if self.errors else self.operation(name)
        return next((d for d in self.demands if d.operation is operation), None)

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation with this name, or the only one; None where there is no such."""
        if self.node is None:
            return None
        operations = [d for d in self.node.definitions if isinstance(d, OperationDefinitionNode)]
        if name is None:
            return operations[0] if len(operations) == 1 else None
        return next((o for o in operations if o.name and o.name.value == name), None)

    def requested_fields(self, name: str | None) -> RequestedFields | None:
        """What an operation may ask for, conditions aside; None where there is no such."""
        found = self.operation(name)
        if found is None or self.node is None:
            return None
        definitions = self.node.definitions
        fragments = [d for d in definitions if isinstance(d, FragmentDefinitionNode)]
        return collect_requested_fields(self.schema, {f.name.value: f for f in fragments}, found)


class Documents:
    """The documents last asked for, by their text; ``size`` bounds these texts together."""

    def __init__(
        self,
        schema: GraphQLSchema,
        size: int = MAX_CHARACTERS,
        limits: Limits | None = None,
    ) -> None:
        self._schema = schema
        self._limits = limits or Limits()
        self._reader = Reader(CostModel(schema, costs(schema)), self._limits)
        self._known: LRUCache[str, Document] = LRUCache(size, lambda found: found.characters)
        self._aside = ThreadPoolExecutor(1, "documents")

    def is_work(self, text: str) -> bool:
        """Whether it takes more than some milliseconds to have the document of a text at hand."""
        return len(text) > LONG and text not in self._known

    async def prepare(self, text: str) -> None:
        """Have the document of a text at hand: a long one is read aside from the event loop.

        One at a time, so that reading never takes more than one of the processor's cores.
        """
        if self.is_work(text):
            loop = asyncio.get_running_loop()
            document = await loop.run_in_executor(self._aside, self._read, text)
            if text not in self._known:
                self._keep(text, document)

    def knows(self, text: str) -> bool:
        """Whether the document of a text is at hand."""
        return text in self._known

    def find(self, text: str) -> Document:
        """The document of a text, with the errors of parsing or validating it."""
        known = self._known.get(text)
        if known is not None:
            return known
        return self._keep(text, self._read(text))

    def _keep(self, text: str, document: Document) -> Document:
        if document.characters <= self._known.maxsize:
            self._known[text] = document
        return document

    def _read(self, text: str) -> Document:
        found = self._reader.read(text)
        return Document(
            self._schema,
            found.node,
            found.errors,
            demands=found.demands,
            limits=self._limits,
            characters=len(text),
        )
