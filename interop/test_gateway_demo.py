"""The gateway of ``deploy/gateway`` in demo mode: one command, with Erikti's own tokens."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from interop.graph import HIVE, PARTNER, copied, free_port
from interop.packages import Packages
from interop.service import Service
from tests.support.processes import serving

COUNTRIES = "{ countries(cis: true) { name servesWithoutVisa cardHolders } }"
DELEGATES = "{ delegates(first: 3) { nodes { status person { id cardName } } } }"


@contextmanager
def demo(**settings: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``npm run demo``."""
    packages = Packages(HIVE)
    Packages(PARTNER)
    process = packages.start("demo.js", **settings)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def test_one_command_joins_both_graphs(data: Path, tmp_path: Path) -> None:
    own = copied(data, tmp_path)
    port = str(free_port())
    with serving(ERIKTI_DATA=str(own)) as (client, _):
        service = Service(client, own)
        settings = {"ERIKTI": str(client.base_url).rstrip("/"), "ERIKTI_DATA": str(own)}
        with demo(**settings, PORT=port, REGISTRY_PORT=str(free_port())) as process:
            assert process.stdout is not None
            shown = next(line for line in process.stdout if line.startswith("The gateway serves"))
            url = f"http://127.0.0.1:{port}/graphql"
            assert url in shown
            found = httpx.post(url, json={"query": COUNTRIES}, timeout=30).json()
            assert found["data"]["countries"][0]["servesWithoutVisa"] is not None
            headers = {"authorization": f"Bearer {service.token('analyst')}"}
            found = httpx.post(url, json={"query": DELEGATES}, headers=headers, timeout=30).json()
            assert found["data"]["delegates"]["nodes"][0]["person"]["cardName"]
            bad = httpx.post(
                url, json={"query": COUNTRIES}, headers={"authorization": "Bearer x"}, timeout=30
            )
            assert bad.status_code == 401


def test_what_is_missing_is_named() -> None:
    nothing = f"http://127.0.0.1:{free_port()}"
    with demo(ERIKTI=nothing) as process:
        assert process.stdout is not None
        assert "Start Erikti in demo mode first" in process.stdout.read()
        assert process.wait(30) == 1


@pytest.mark.parametrize("script", ["demo.js", "compose.js", "gateway.js"])
def test_an_older_node_is_named(tmp_path: Path, script: str) -> None:
    folder = shutil.copytree(
        HIVE, tmp_path / "gateway", ignore=shutil.ignore_patterns("node_modules")
    )
    (folder / "node_modules").symlink_to(HIVE / "node_modules")
    text = (folder / "package.json").read_text(encoding="utf-8")
    assert '">=22.15"' in text
    (folder / "package.json").write_text(text.replace(">=22.15", ">=99.1"), encoding="utf-8")
    packages = Packages(HIVE)
    ended = subprocess.run(
        packages.command(folder / script),
        env=os.environ | {"ISSUER": "x"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "The gateway needs Node.js 99.1 or later; this is " in ended.stderr
