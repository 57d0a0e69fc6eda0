"""The parts to change, and the tests that must detect changes, fastest first."""

from dataclasses import dataclass
from glob import glob

from benchmarks.mutants.changes import ROOT

LOADING = "resolvers/dataloaders/"


@dataclass(frozen=True)
class Part:
    """Modules, and the tests that can detect changes in them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def paths(self) -> list[str]:
        """Return the files of the modules, relative to the root."""
        return sorted(
            path
            for pattern in self.modules
            for path in glob(pattern, root_dir=ROOT)
            if not path.endswith("__init__.py")
        )


PARTS = (
    Part(
        "executor",
        ("erikti/executor/*.py",),
        # graphql-core's suite runs in another process, without the change.
        (
            "tests/executor/test_requested_fields.py",
            "tests/executor/test_plans.py",
            "tests/executor/test_levels.py",
            "tests/executor/test_contract.py",
            "tests/executor/test_strawberry.py",
            "tests/executor/test_types.py",
            "tests/executor/test_examples.py",
            "tests/executor/test_fast_path.py",
            "tests/executor/test_generated.py::test_answers_without_waiting_are_the_same",
            "tests/executor/test_generated.py::test_answers_with_waiting_are_the_same_but_for_timing",
        ),
    ),
    Part(
        "dataloaders",
        tuple(
            f"{LOADING}{name}.py"
            for name in ("conditions", "groups", "listings", "loading", "pages", "tables")
        ),
        (
            "tests/resolvers/dataloaders/test_loader.py",
            "tests/resolvers/dataloaders/test_records.py",
            "tests/resolvers/dataloaders/test_lists.py",
            "tests/resolvers/dataloaders/test_grouping.py",
            "tests/schema/test_filters.py",
            "tests/schema/test_groups.py",
            "tests/schema/test_columns.py",
            "tests/schema/test_statements.py",
        ),
    ),
    Part(
        "rollups",
        (f"{LOADING}rollups.py", f"{LOADING}statistics.py"),
        (
            "tests/resolvers/dataloaders/test_bounds.py",
            "tests/resolvers/dataloaders/test_rollups.py",
            "tests/resolvers/dataloaders/test_grouping.py",
            "tests/schema/test_four_domains.py",
        ),
    ),
    Part(
        "visibility",
        (f"{LOADING}visibility.py", f"{LOADING}access.py", "resolvers/personal_policy.py"),
        (
            "tests/access/test_bounds.py",
            "tests/resolvers/dataloaders/test_consents.py",
            "tests/access/test_requests.py",
            "tests/access/test_visibility.py",
            "tests/audit/test_access_records.py",
        ),
    ),
    Part(
        "permissions",
        ("schema/building/permissions.py",),
        (
            "tests/access/test_refusals.py",
            "tests/schema/test_sdl.py::test_the_committed_sdl_is_current",
            "tests/access/test_permissions.py",
        ),
    ),
    Part(
        "budget",
        ("erikti/guard/budget.py",),
        ("tests/guard/test_budget.py", "tests/guard/test_giving_back.py"),
    ),
    Part(
        "written",
        ("schema/engine/written/*.py", "erikti/database/json_sql.py"),
        # A text of ten megabytes and the share of written operations would only take time.
        (
            "tests/schema/written/test_details.py",
            "tests/schema/written/test_marks.py",
            "tests/schema/written/test_empty_objects.py",
            "tests/schema/written/test_not_ordinary.py",
            "tests/schema/written/test_every_field.py",
            "tests/schema/written/test_undeclared_values.py",
            "tests/schema/written/test_hostile_keys.py",
            "tests/schema/written/test_hostile_texts.py::test_hostile_texts_stay_in_their_strings",
            "tests/schema/written/test_kept.py",
            "tests/schema/written/test_errors.py",
            "tests/schema/written/test_rules.py",
            "tests/schema/written/test_hostile_values.py",
            "tests/schema/written/test_generated.py",
        ),
    ),
    Part("turns", ("erikti/database/fair_queue.py",), ("tests/database/test_fair_queue.py",)),
    Part(
        "costs",
        (
            "erikti/guard/conditions.py",
            "erikti/guard/costs.py",
            "erikti/guard/estimates.py",
            "erikti/guard/reader.py",
            "erikti/guard/measures.py",
        ),
        (
            "tests/guard/test_estimates.py",
            "tests/guard/test_reader.py",
            "tests/guard/test_costs.py",
            "tests/guard/test_hostile.py",
        ),
    ),
    Part(
        "cache",
        ("erikti/cache/*.py",),
        (
            "tests/cache/test_answers.py",
            "tests/cache/test_responses.py",
            "tests/cache/test_bounds.py",
            "tests/cache/test_outages.py",
            "tests/cache/test_valkey.py",
        ),
    ),
    Part(
        "snapshots",
        ("erikti/database/snapshots.py", "erikti/database/uncancelled.py"),
        (
            "tests/database/test_snapshots.py",
            "tests/database/test_transactions.py",
            "tests/schema/test_cancellation.py",
            "tests/test_outages.py",
        ),
    ),
    Part(
        "audit",
        ("erikti/audit/*.py", "erikti/commands/audit_*.py"),
        (
            "tests/audit/test_unsigned.py",
            "tests/audit/test_reports.py",
            "tests/audit/test_commands.py",
            "tests/audit/test_outages.py",
            "tests/audit/test_writing.py",
        ),
    ),
    Part(
        "verifier",
        ("erikti/audit/verifier/*.py",),
        (
            "tests/audit/test_reports.py",
            "tests/audit/test_commands.py",
            "tests/audit/test_tampering.py",
        ),
    ),
    Part(
        "auth",
        ("erikti/auth/*.py",),
        (
            "tests/auth/test_documentation.py",
            "tests/auth/test_forged.py",
            "tests/auth/test_edges.py",
            "tests/auth/test_requests.py",
            "tests/auth/test_provider.py",
            # Its other tests start processes, without the change.
            "tests/auth/test_demo.py::test_a_role_gets_what_the_table_says",
            "tests/auth/test_demo.py::test_demo_tokens_are_worth_nothing_elsewhere",
            "tests/auth/test_demo.py::test_a_server_in_demo_mode_takes_no_other_tokens",
            "tests/access/test_requests.py",
        ),
    ),
)
