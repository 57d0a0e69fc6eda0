"""Compilers, generators and linters of GraphQL clients, run on the schema."""

import json
from collections.abc import Callable

import pytest

from interop.packages import Packages
from interop.service import Service


@pytest.mark.claim("Relay's compiler accepts the schema: pages, refetching and unions")
def test_relay_compiles_and_what_it_made_is_answered(
    clients: Packages, service: Service, proven: Callable[..., None]
) -> None:
    clients.run(clients.program("relay-compiler", "cli.js"), "--noWatchman", "relay.config.json")
    text = (clients.folder / "made/operations.json").read_text(encoding="utf-8")
    operations = json.loads(text)
    project = service.ask("{ projects(first: 1) { nodes { id } } }")["projects"]["nodes"][0]
    for text in operations.values():
        assert service.ask(text, count=3, id=project["id"])
    version = clients.version("relay-compiler")
    proven("relay-compiler", version, f"{len(operations)} operations compiled and run")


@pytest.mark.claim("GraphQL Code Generator's types pass `tsc --strict`")
def test_generated_types_are_strict(typed: Packages, proven: Callable[..., None]) -> None:
    typed.run(typed.program("typescript", "bin/tsc"), "--project", "tsconfig.json")
    lines = (typed.folder / "made/types.ts").read_text(encoding="utf-8").count("\n")
    generator, compiler = typed.version("@graphql-codegen/cli"), typed.version("typescript")
    proven("graphql-codegen, TypeScript", f"{generator}, {compiler}", f"{lines} lines, no error")


def test_a_wrong_use_of_the_types_is_found(typed: Packages) -> None:
    wrong = typed.folder / "made/gql/wrong.ts"
    wrong.write_text(
        'import type { ProjectsQuery } from "./graphql.ts";\n'
        "export const titles = (found: ProjectsQuery): number[] =>\n"
        "  found.projects!.edges.map(({ node }) => node.title);\n",
        encoding="utf-8",
    )
    try:
        with pytest.raises(AssertionError, match="TS2322"):
            typed.run(typed.program("typescript", "bin/tsc"), "--project", "tsconfig.json")
    finally:
        wrong.unlink()


@pytest.mark.claim(
    "The schema follows `schema-recommended`, `schema-relay` and the rules for nullable fields"
)
def test_eslint_finds_nothing(clients: Packages, proven: Callable[..., None]) -> None:
    _lint(clients, "made/schema.graphql")
    plugin, eslint = clients.version("@graphql-eslint/eslint-plugin"), clients.version("eslint")
    proven("@graphql-eslint, ESLint", f"{plugin}, {eslint}", "no error, no warning")


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("type PageInfo { hasMore: Boolean! }", "relay-page-info"),
        ('"""A list."""\ntype AConnection { edges: [Int] }', "relay-connection-types"),
        ("type Undescribed { id: ID! }", "require-description"),
        ('"""Lower."""\ntype lower { id: ID! }', "naming-convention"),
        ('"""All."""\ntype Query { "One." one: Query! }', "erikti/nullable-roots"),
        (
            '"""By."""\ninput ABy @oneOf { id: ID! code: ID }',
            "require-nullable-fields-with-oneof",
        ),
    ],
)
def test_eslint_finds_what_is_wrong(clients: Packages, wrong: str, rule: str) -> None:
    (clients.folder / "made/wrong.graphql").write_text(wrong, encoding="utf-8")
    with pytest.raises(AssertionError, match=rule):
        _lint(clients, "made/wrong.graphql")


def _lint(clients: Packages, path: str) -> None:
    clients.run(clients.program("eslint", "bin/eslint.js"), "--max-warnings=0", path, SCHEMA=path)


LINTED = "The schema follows every rule of graphql-schema-linter but alphabetical order"


@pytest.mark.claim(LINTED)
def test_the_schema_linter_finds_nothing(clients: Packages, proven: Callable[..., None]) -> None:
    _lint_schema(clients, "made/schema.graphql")
    proven("graphql-schema-linter", clients.version("graphql-schema-linter"), "no error")


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ('"""A."""\ntype Query { a: Int }', "fields-have-descriptions"),
        ('"""A."""\ntype Query { "a." a: Int }', "descriptions-are-capitalized"),
        ('"""A."""\ntype Query { "A." a: Int @deprecated }', "deprecations-have-a-reason"),
        (
            '"""A."""\ntype Query { "A." a: Int }\n"""B."""\ntype B { "B." b: Int }',
            "types-are-used",
        ),
    ],
)
def test_the_schema_linter_finds_what_is_wrong(clients: Packages, wrong: str, rule: str) -> None:
    (clients.folder / "made/wrong.graphql").write_text(wrong, encoding="utf-8")
    with pytest.raises(AssertionError, match=rule):
        _lint_schema(clients, "made/wrong.graphql")


def _lint_schema(clients: Packages, file: str) -> None:
    clients.run(clients.program("graphql-schema-linter", "lib/cli.js"), file)
