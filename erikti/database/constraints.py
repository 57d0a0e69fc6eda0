"""Check constraints, and the migration operation that creates them.

Tortoise has check constraints in a model's state but not in the tables that it creates, and
SQLite cannot add one later: ``CreateModel`` here creates them with the table.
"""

from enum import StrEnum
from typing import Any

from tortoise.migrations import operations
from tortoise.migrations.constraints import CheckConstraint
from tortoise.migrations.schema_editor import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State


class CreateModel(operations.CreateModel):
    """Create a model's table together with its check constraints."""

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Create the table; ``state_editor`` is absent when only the state is replayed."""
        if state_editor is None:
            return
        model = new_state.apps.get_model(f"{app_label}.{self.name}")
        # Tortoise splits SQLite's statements at every semicolon, even in comments.
        model._meta.table_description = model._meta.table_description.replace(";", ",")
        checks = [item for item in model._meta.constraints if isinstance(item, CheckConstraint)]
        editor: Any = state_editor
        template = editor.CHECK_CONSTRAINT_CREATE_TEMPLATE
        editor._get_inner_statements = lambda: [
            template.format(name=item.name, check=item.check) for item in checks
        ]
        try:
            await editor.create_model(model)
        finally:
            del editor._get_inner_statements


def check(table: str, rule: str, condition: str) -> CheckConstraint:
    """Return a constraint of a table, named after its rule."""
    return CheckConstraint(check=condition, name=f"ck_{table}_{rule}")


def check_values(table: str, column: str, values: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that a column holds only values of an enum."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return check(table, column, f"{column} IN ({allowed})")


def any_language(table: str, prefix: str) -> CheckConstraint:
    """Return the constraint that a name or title exists in at least one language."""
    columns = ", ".join(f"{prefix}_{language}" for language in ("kk", "ru", "en"))
    return check(table, prefix, f"coalesce({columns}) IS NOT NULL")
