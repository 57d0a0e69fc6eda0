"""What every resolver of one operation shares."""

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
from resolvers.live_figures import LiveFigures
from resolvers.personal_ledger import PersonalLedger
from resolvers.spending import Pay, Spending

# Nobody is found in the access log by it.
NO_PERSON_KEY = secrets.token_bytes(32)


@dataclass(frozen=True)
class Context:
    """The caller and what they ask for, the keys, the loaders.

    ``purpose`` is what the caller asks personal data for: a code of ``models.people.Purpose``
    or a case number. ``cursor_key`` signs cursors; ``person_key`` hashes people's ids in the
    access log. ``figures`` tells when the statistics of a year have changed. ``who`` is whom the
    operation is counted for: connections to the database are shared by it. ``lookups`` takes
    what it costs to look numbers up, and ``pay`` points that show only while the operation is
    executed; nothing where there is none.
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
    spent: CostAccount = field(default_factory=CostAccount)
    ledger: PersonalLedger = field(default_factory=PersonalLedger)
    #: Filters as the caller gave them and as conditions, by the identity of the former.
    conditions: dict[int, tuple[Any, Condition]] = field(default_factory=dict, repr=False)
    began: float = field(default_factory=time.monotonic, repr=False)
    spend: Spending = field(init=False, repr=False)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spend", Spending(self.spent, self.pay))
        object.__setattr__(self, "loaders", Loaders(self.principal, self.purpose, self.spend))

    @property
    def age(self) -> float:
        """For how many seconds the operation has been under way, its wait for a turn included."""
        return time.monotonic() - self.began

    @property
    def max_page(self) -> int:
        """The most records that the caller may have on a page."""
        bulk = Scope.BULK_READ in self.principal.scopes
        return self.limits.bulk_page if bulk else self.limits.page


Info: TypeAlias = strawberry.Info[Context, None]
