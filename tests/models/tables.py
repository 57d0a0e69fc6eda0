"""The models, and rows written as SQL."""

from tortoise import Tortoise
from tortoise.models import Model

from erikti.database.tables import APP

MODELS: list[type[Model]] = list(Tortoise.apps[APP].values())
KEY = "019ab000-0000-7000-8000-000000000001"


def organisation(key: str, source: str, **values: str) -> str:
    row = {
        "id": f"'{key}'",
        "source_system": "'TEST'",
        "source_id": f"'{source}'",
        "name_en": "'An organisation'",
        "region_id": "'KZ-75'",
        "kind": "'STUDENT'",
        "registered_on": "'2025-01-01'",
        **values,
    }
    return f"INSERT INTO organisations ({', '.join(row)}) VALUES ({', '.join(row.values())})"
