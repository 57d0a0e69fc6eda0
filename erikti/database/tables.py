"""Which modules hold the tables, by name: Tortoise imports them once they are needed."""

APP = "erikti"
MODULES = (
    "models.people",
    "models.volunteers",
    "models.cis_forum",
    "models.un_placements",
    "models.awards",
    "models.statistics",
    "models.rollups",
    "models.sealing_keys",
    "models.access",
    "models.trusted_documents",
    "models.issuers",
)
