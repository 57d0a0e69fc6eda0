"""The context that all resolvers of one operation share."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import strawberry

from erikti.auth.principal import PUBLIC, Principal
from erikti.auth.scopes import Scope
from erikti.guard.costs import CostAccount
from erikti.guard.limits import Limits
from erikti.guard.lookups import Lookups
from models.people import Language
from resolvers.dataloaders import Loaders
from resolvers.dataloaders.listings import Condition
from resolvers.dataloaders.suppression import THRESHOLD
from resolvers.live_figures import LiveFigures
from resolvers.personal_ledger import PersonalLedger
from resolvers.spending import Pay, Spending

# A random key, so that its hashes match no entry of the access log.
NO_PERSON_KEY = secrets.token_bytes(32)


@dataclass(frozen=True)
class Context:
    """The caller, the secret keys, the limits and the loaders of one operation.

    ``purpose`` is the stated purpose of access to personal data: a code of
    ``models.people.Purpose`` or a case number. ``cursor_key`` signs cursors; ``person_key``
    hashes person IDs in the access log. ``figures`` reports changes of the statistics. ``who``
    identifies the caller for quotas and for the fair sharing of database connections.
    ``lookups`` charges lookups by number, and ``pay`` charges points that become known only
    during execution; None disables either. Counts of people below ``threshold`` are suppressed
    for callers who may not list these people.
    """

    language: Language
    cursor_key: bytes
    principal: Principal = PUBLIC
    limits: Limits = field(default_factory=Limits)
    purpose: str | None = None
    person_key: bytes = field(default=NO_PERSON_KEY, repr=False)
    figures: LiveFigures[int, Any] | None = field(default=None, repr=False)
    who: str = ""
    lookups: Lookups | None = field(default=None, repr=False)
    pay: Pay | None = field(default=None, repr=False)
    threshold: int = THRESHOLD
    spent: CostAccount = field(default_factory=CostAccount)
    ledger: PersonalLedger = field(default_factory=PersonalLedger)
    #: Parsed conditions with the filter inputs they came from, by the input's id().
    conditions: dict[int, tuple[object, Condition]] = field(default_factory=dict, repr=False)
    #: Messages about the deprecated parts of the schema that the document uses.
    deprecated: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic, repr=False)
    spend: Spending = field(init=False, repr=False)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spend", Spending(self.spent, self.pay))
        object.__setattr__(
            self, "loaders", Loaders(self.principal, self.purpose, self.spend, self.threshold)
        )

    @property
    def age(self) -> float:
        """Return the seconds since the operation arrived, including time in the queue."""
        return time.monotonic() - self.began

    @property
    def max_page(self) -> int:
        """Return the caller's maximum page size."""
        bulk = Scope.BULK_READ in self.principal.scopes
        return self.limits.bulk_page if bulk else self.limits.page

    @property
    def max_entities(self) -> int:
        """Return the caller's maximum number of representations; gateways have a token."""
        known = self.principal.known
        return self.limits.gateway_entities if known else self.limits.entities


Info: TypeAlias = strawberry.Info[Context, None]
