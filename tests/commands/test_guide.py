"""The guide that ``erikti serve`` prints works when pasted."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import environment, erikti, serving

pytestmark = pytest.mark.usefixtures("processes")

LAST = "token --as person"
PROVIDER = {"ERIKTI_OIDC_ISSUER": "https://id.example"}


def pasted(command: str, folder: Path) -> str:
    """Return a command's output in a shell in a folder, with curl replaced."""
    ours = f'curl() {{ {shlex.quote(sys.executable)} -m tests.support.curl "$@"; }}\n'
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["sh", "-c", ours + command],
        cwd=folder,
        env=environment(PYTHONPATH=root),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def data(tmp_path: Path) -> dict[str, str]:
    """Return settings with the small generated country, in a folder whose name needs quoting."""
    found = {"ERIKTI_DATA": str(tmp_path / "the data")}
    assert erikti("demo", "--scale", "0.01", **found).returncode == 0
    return found


def test_the_guide_of_demo_mode_can_be_pasted(data: dict[str, str], tmp_path: Path) -> None:
    with serving(**data) as (_, process):
        assert process.stdout is not None
        shown = ""
        while LAST not in shown:
            shown += process.stdout.readline()
        blocks = shown.split("\n\n")
        answers = [json.loads(pasted(b, tmp_path)) for b in blocks if b.startswith("curl ")]
        tokens = [
            pasted(line, tmp_path).strip()
            for line in blocks[-1].splitlines()
            if "--as" in line and LAST not in line
        ]
    assert not [answer["errors"] for answer in answers if "errors" in answer]
    public, analyst, ministry = (answer["data"] for answer in answers)
    assert public["statistics"]["figures"]
    assert len(analyst["volunteers"]["nodes"]) == 2
    assert all(all(node["person"].values()) for node in ministry["volunteers"]["nodes"])
    assert len({token.count(".") for token in tokens}) == 1
    assert len(tokens) == 3


def test_a_server_with_a_provider_shows_no_demo_tokens(tmp_path: Path) -> None:
    with serving(ERIKTI_DATA=str(tmp_path), **PROVIDER) as (_, process):
        process.terminate()
        assert process.stdout is not None
        assert "token" not in process.stdout.read()
