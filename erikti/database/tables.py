"""The names of the modules with tables, which Tortoise imports when they are needed."""

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
    "models.changes",
    "models.jobs",
    "models.suppressions",
    "models.merged_people",
)
