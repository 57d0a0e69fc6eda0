"""Models of all domains, rollups, sealing keys and the access log, with their migrations."""

from tortoise import Tortoise

from erikti.database.orm import store_by_database
from erikti.database.tables import APP, MODULES

# Resolves the relations between models, so that loaders can be built before any database is open.
Tortoise.init_models(MODULES, APP)
store_by_database(Tortoise.apps[APP].values())
