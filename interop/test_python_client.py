"""The example of a Python client: made from our schema by ariadne-codegen, checked, and run."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from interop.service import Service
from schema import schema
from schema.engine.api_schema import api_sdl

FOLDER = Path(__file__).parents[1] / "examples/python-client"
BIN = FOLDER / ".venv/bin"
SILVER = "{ volunteers(filter: { silver: { eq: true } }) { totalCount } }"
FIGURES = "{ statistics(year: 2025) { figures { code count } } }"


def run(*command: str | Path, **environment: str) -> str:
    """What a command in the folder of the example prints; fails where it fails."""
    ended = subprocess.run(
        list(map(str, command)),
        cwd=FOLDER,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


@pytest.fixture(scope="module")
def made() -> None:
    """The client, as the README makes it: in an environment of its own, as its users have one."""
    project, stamp = FOLDER / "pyproject.toml", FOLDER / ".venv/installed"
    if not stamp.exists() or stamp.stat().st_mtime < project.stat().st_mtime:
        run(sys.executable, "-m", "venv", ".venv")
        run(BIN / "pip", "install", "--quiet", "--editable", ".[dev]")
        stamp.touch()
    (FOLDER / "schema.graphql").write_text(api_sdl(schema._schema), encoding="utf-8")
    run(BIN / "ariadne-codegen")


def version(package: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    return run(BIN / "python", "-c", code).strip()


@pytest.mark.claim("A Python client generated from the schema is fully typed (`mypy --strict`)")
@pytest.mark.usefixtures("made")
def test_its_types_are_strict(proven: Callable[..., None]) -> None:
    found = run(BIN / "mypy", "report.py", "erikti_client").strip()
    tools = f"{version('ariadne-codegen')}, {version('mypy')}"
    proven("ariadne-codegen, mypy", tools, found.partition(":")[2].strip())


@pytest.mark.claim("It pages, follows a subscription and reads personal fields for a purpose")
@pytest.mark.usefixtures("made")
def test_it_is_answered(service: Service, proven: Callable[..., None]) -> None:
    token = service.token("ministry")
    printed = run(BIN / "python", "report.py", ERIKTI_URL=service.url, ERIKTI_TOKEN=token)
    lines = [line.split("\t") for line in printed.splitlines()]
    figures = service.ask(FIGURES)["statistics"]["figures"]
    assert [line[1:] for line in lines if line[0] == "figure"] == [
        [figure["code"], str(figure["count"])] for figure in figures
    ]
    assert ["followed", str(len(figures))] in lines
    headers = {"Authorization": f"Bearer {service.token('analyst')}"}
    answer = service.client.post("/graphql", json={"query": SILVER}, headers=headers).json()
    volunteers = [line for line in lines if line[0] == "volunteer"]
    assert len(volunteers) == answer["data"]["volunteers"]["totalCount"] > 20
    hours = [float(line[2]) for line in volunteers]
    assert hours == sorted(hours, reverse=True)
    names = [line for line in lines if line[0] == "name"]
    assert len(names) == 3
    assert "None" not in {part for line in names for part in line}
    result = f"{len(volunteers)} volunteers on {-(-len(volunteers) // 20)} pages"
    proven("ariadne-codegen", version("ariadne-codegen"), result)
