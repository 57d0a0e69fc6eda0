"""What every resolver of one operation shares."""

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from models.people import Language
from resolvers.dataloaders import Loaders

# How many records a page may have, unless the settings say otherwise.
DEFAULT_MAX_PAGE = 100


@dataclass(frozen=True)
class Context:
    """The caller's language and row limit, the key that signs cursors, the loaders."""

    language: Language
    cursor_key: bytes
    max_page: int = DEFAULT_MAX_PAGE
    loaders: Loaders = field(default_factory=Loaders)


Info: TypeAlias = strawberry.Info[Context, None]
