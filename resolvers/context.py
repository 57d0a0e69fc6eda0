"""What every resolver of one operation shares."""

from dataclasses import dataclass, field
from typing import TypeAlias

import strawberry

from models.people import Language
from resolvers.dataloaders import Loaders


@dataclass(frozen=True)
class Context:
    """The caller's language, the key that signs cursors, and the operation's loaders."""

    language: Language
    cursor_key: bytes
    loaders: Loaders = field(default_factory=Loaders)


Info: TypeAlias = strawberry.Info[Context, None]
