"""Tables of all domains, their migrations and the database below them."""

from tortoise import Tortoise

APP = "erikti"
MODULES = (
    "models.people",
    "models.volunteers",
    "models.cis_forum",
    "models.un_placements",
    "models.awards",
    "models.statistics",
    "models.rollups",
    "models.keys",
    "models.access",
    "models.documents",
    "models.issuers",
)

# Resolves the relations between models, so that loaders can be built before any database is open.
Tortoise.init_models(MODULES, APP)
