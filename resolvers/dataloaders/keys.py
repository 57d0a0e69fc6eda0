"""Loaders of records by their natural keys."""

from functools import partial

from tortoise.models import Model

from resolvers.dataloaders.loading import Loader, LoaderGroup, load_one
from resolvers.dataloaders.scope import LoaderScope


class KeyLoaders(LoaderGroup):
    """Loaders by model and unique column, each created when it is first used."""

    def __init__(self, scope: LoaderScope) -> None:
        super().__init__(scope)
        self._loaders: dict[tuple[type[Model], str], Loader] = {}

    def by(self, model: type[Model], column: str) -> Loader:
        """Return the loader of records by a unique column, None for those not visible."""
        if (model, column) not in self._loaders:
            load = partial(load_one, self.scope, model, column)
            self._loaders[model, column] = Loader(load, known={None: None})
        return self._loaders[model, column]
