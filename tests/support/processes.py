"""The command line as processes of their own, and waiting for what they come to."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.support.waiting import PATIENCE, eventually


def environment(**variables: str) -> dict[str, str]:
    """This process's environment with other settings."""
    names = ("HOST", "PORT", "DATABASE_URL", "CACHE_URL")
    kept = {k: v for k, v in os.environ.items() if k not in names and not k.startswith("ERIKTI_")}
    return kept | variables


def erikti(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(
    *arguments: str, **variables: str
) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """A running server and a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cli", "serve", *arguments]
    process = subprocess.Popen(
        command, env=environment(PORT=str(port), **variables), stdout=subprocess.PIPE, text=True
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            eventually(lambda: client.get("/healthz/live").status_code == 200)
            yield client, process
    finally:
        process.terminate()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()
