"""The command line in processes of its own: forked from a warm one, or started anew."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.support.waiting import PATIENCE, eventually
from tests.support.warm import Forked

Popen = subprocess.Popen[Any]


def environment(**variables: str) -> dict[str, str]:
    """This process's environment with other settings."""
    names = ("HOST", "PORT", "DATABASE_URL", "CACHE_URL")
    kept = {k: v for k, v in os.environ.items() if k not in names and not k.startswith("ERIKTI_")}
    return kept | variables


class Commands:
    """Python and the command line in it, in processes that ``start`` makes.

    ``start`` takes Python's own arguments and the options of ``subprocess.Popen``.
    """

    def __init__(self, start: Callable[..., Popen]) -> None:
        self.start = start

    def python(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run Python to its end, its output and errors as text."""
        pipe = subprocess.PIPE
        with self.start(arguments, stdout=pipe, stderr=pipe, text=True, **options) as process:
            try:
                output, errors = process.communicate(timeout=PATIENCE)
            except BaseException:
                process.kill()
                raise
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def erikti(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return self.python("-m", "erikti", *arguments, env=environment(**variables))

    @contextmanager
    def serving(self, *arguments: str, **variables: str) -> Iterator[tuple[httpx.Client, Popen]]:
        """A running server and a client of it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = ["-m", "erikti", "serve", *arguments]
        env = environment(PORT=str(port), **variables)
        process = self.start(command, env=env, stdout=subprocess.PIPE, text=True)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
                eventually(lambda: client.get("/healthz/live").status_code == 200)
                yield client, process
        finally:
            process.terminate()
            process.wait(PATIENCE)
            assert process.stdout is not None
            process.stdout.close()


def _started(arguments: list[str], **options: Any) -> Popen:
    return subprocess.Popen([sys.executable, *arguments], **options)


forked = Commands(Forked)
started = Commands(_started)  # for tests of starting itself
erikti, serving = forked.erikti, forked.serving
