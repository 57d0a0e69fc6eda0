"""Errors of the environment are reported to operators with their cause in one line."""

import asyncio
import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from erikti.database.connection import Database
from models.migrate import migrate
from models.sealing_keys import exclusive_transaction
from tests.support.databases import KEYS
from tests.support.postgres import OwnPostgres
from tests.support.processes import environment, erikti, forked, serving, started
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("processes")

HEADER = "source_system,source_id,family_name,given_name,region,status,registered_on\n"
PASSWORD = "hidden"
GOOD = "REGISTRY,1,Sample,Example,KZ-75,ACTIVE,2025-01-31\n"


@pytest.fixture(scope="module")
def postgres() -> Iterator[OwnPostgres]:
    """Return a server with the tables, only for the tests of this file."""
    server = OwnPostgres()
    asyncio.run(fill(server.url()))
    server.execute("CREATE ROLE reader LOGIN")
    # By default, every role may use the schema.
    server.execute("CREATE ROLE outsider LOGIN")
    server.execute("GRANT USAGE ON SCHEMA public TO reader")
    server.execute("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    yield server
    server.close()


async def fill(url: str) -> None:
    """Create the tables."""
    async with Database(url):
        await migrate(url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a valid file of volunteers."""
    path = tmp_path / "volunteers.csv"
    path.write_text(HEADER + GOOD, encoding="utf-8")
    return path


CAUSES = {
    "away": ("postgres://x:{password}@127.0.0.1:1/x", "127.0.0.1:1/x", "it refuses the connection"),
    "unresolvable": (
        "postgres://x:{password}@erikti.invalid/x",
        "erikti.invalid/x",
        "its host name cannot be resolved",
    ),
    "tls": (
        "postgres://postgres:{password}@127.0.0.1:{port}/postgres?ssl=require",
        "127.0.0.1:{port}/postgres",
        "it refuses TLS",
    ),
    "role": (
        "postgres://stranger:{password}@127.0.0.1:{port}/postgres",
        "127.0.0.1:{port}/postgres",
        "it refuses the role or its authentication",
    ),
    "database": (
        "postgres://postgres:{password}@127.0.0.1:{port}/none",
        "127.0.0.1:{port}/none",
        "there is no such database",
    ),
    "right": (
        "postgres://reader:{password}@127.0.0.1:{port}/postgres",
        "127.0.0.1:{port}/postgres",
        "the role lacks a privilege (permission denied for table tortoise_migrations)",
    ),
    "schema": (
        "postgres://outsider:{password}@127.0.0.1:{port}/postgres",
        "127.0.0.1:{port}/postgres",
        "the role lacks a privilege (permission denied for schema public: grant USAGE, and CREATE"
        " to migrate)",
    ),
}


@pytest.mark.parametrize("kind", CAUSES)
def test_an_unusable_database_is_reported_with_its_cause(
    postgres: OwnPostgres, file: Path, tmp_path: Path, kind: str
) -> None:
    url, place, cause = (
        text.format(password=PASSWORD, port=postgres.port) for text in CAUSES[kind]
    )
    variables = {"DATABASE_URL": url, "ERIKTI_DATA": str(tmp_path)}
    line = f"the database {place} cannot be used: {cause}"
    for arguments in (["keys", "status"], ["documents", "list"]):
        ended = erikti(*arguments, **variables)
        assert (ended.returncode, ended.stderr) == (1, f"erikti: {line}\n")
    ended = erikti("import", "volunteers", str(file), COLUMNS="300", **variables)
    assert ended.returncode == 2
    assert f"DATABASE_UNUSABLE: {line}" in ended.stdout
    assert PASSWORD not in ended.stdout + ended.stderr
    (report,) = (tmp_path / "imports").glob("*.json")
    assert json.loads(report.read_text())["error"]["code"] == "DATABASE_UNUSABLE"


@pytest.mark.parametrize("kind", ["away", "unresolvable", "tls", "right", "schema"])
def test_the_server_waits_for_a_database_and_reports_why(
    postgres: OwnPostgres, tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    url, place, cause = (
        text.format(password=PASSWORD, port=postgres.port) for text in CAUSES[kind]
    )
    with serving(DATABASE_URL=url, ERIKTI_DATA=str(tmp_path)) as (client, _):
        answer = client.get("/healthz/ready")
        reason = f"the database cannot be used: {cause}"
        assert (answer.status_code, answer.json()["reason"]) == (503, reason)
        output = capfd.readouterr().err
        assert (
            f"the database {place} cannot be used: {cause}; the server starts without it and waits for it"
            in output
        )
        if kind == "right":
            postgres.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO reader")
            try:
                assert client.get("/healthz/ready").json()["status"] == "ready"
            finally:
                postgres.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM reader")


@contextmanager
def held(url: str) -> Iterator[None]:
    """Hold the lock that an import holds from start to end."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def enter() -> None:
            await stack.enter_async_context(Database(url))
            await stack.enter_async_context(exclusive_transaction())

        runner.run(enter())
        try:
            yield
        finally:
            runner.run(stack.aclose())


def test_an_import_that_cannot_get_the_lock_reports_it(
    database_url: str, file: Path, tmp_path: Path
) -> None:
    variables = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": KEYS}
    with held(database_url):
        ended = erikti("import", "volunteers", str(file), "--wait", "0", **variables)
    assert (ended.returncode, "DATABASE_URL" in ended.stdout + ended.stderr) == (2, False)
    assert "DATABASE_BUSY: another process is writing" in ended.stdout
    (report,) = (tmp_path / "imports").glob("*.json")
    assert json.loads(report.read_text())["error"]["code"] == "DATABASE_BUSY"


def test_imports_at_once_take_turns(database_url: str, file: Path, tmp_path: Path) -> None:
    variables = {"DATABASE_URL": database_url, "ERIKTI_DATA": str(tmp_path), "ERIKTI_KEYS": KEYS}
    command = ["-m", "erikti", "import", "volunteers", str(file)]
    waiting = "waiting: another process is writing to the database\n"
    with held(database_url):
        imports = [
            forked.start(
                command,
                env=environment(**variables),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for _ in range(2)
        ]
        for one in imports:
            assert one.stderr is not None
            assert one.stderr.readline() == waiting
    output = [one.communicate(timeout=PATIENCE) for one in imports]
    assert [one.returncode for one in imports] == [0, 0], output
    found = [json.loads(path.read_text()) for path in (tmp_path / "imports").glob("*.json")]
    assert sorted((one["accepted"], one["unchanged"]) for one in found) == [(0, 1), (1, 0)], output
    # Where output is no terminal, progress is in lines.
    assert [errors for _, errors in output] == ["volunteers: 1 rows, 100%\n"] * 2


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for arguments in (["migrate"], ["serve"], ["keys", "status"]):
        ended = erikti(*arguments, ERIKTI_DATA=str(file))
        output = f"erikti: ERIKTI_DATA: {file} is not a folder\n"
        assert (ended.returncode, ended.stderr) == (1, output)
    ended = erikti("migrate", ERIKTI_DATA=str(file / "below"))
    output = f"erikti: {file}/below/sealing.keys: Not a directory\n"
    assert (ended.returncode, ended.stderr) == (1, output)


def test_an_unknown_variable_is_reported(tmp_path: Path) -> None:
    ended = erikti("migrate", ERIKTI_DATA=str(tmp_path), ERIKTI_DATABASE_URL="postgres://x/y")
    output = "ERIKTI_DATABASE_URL: unknown variable, ignored\n"
    assert (ended.returncode, ended.stderr) == (0, output)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "erikti.db"
    file.write_bytes(b"no database" * 1000)
    ended = erikti("migrate", DATABASE_URL=f"sqlite://{file}", ERIKTI_DATA=str(tmp_path))
    output = f"erikti: the database {file} cannot be used: its file is not an SQLite database\n"
    assert (ended.returncode, ended.stderr) == (1, output)


WRONG_KEYS = {
    "secret.key": "the key {} has {} bytes, not 32: restore it",
    "person.key": "the key {} has {} bytes, not 32: restore it",
    "demo-tokens.pem": "{} holds no Ed25519 key in PEM: restore or remove it",
    "audit.key": "{} has no unencrypted private key in PEM",
    "sealing.keys": "the file of keys {}: a keyring needs the entry hash and at least one other",
}


@pytest.mark.parametrize("name", WRONG_KEYS)
def test_an_empty_key_is_refused(tmp_path: Path, name: str) -> None:
    """An empty key is publicly known: cursors could be forged, people found by their hashes."""
    key = tmp_path / name
    key.touch()
    ended = erikti("serve", ERIKTI_DATA=str(tmp_path))
    output = WRONG_KEYS[name].format(key, 0)
    assert (ended.returncode, ended.stderr) == (1, f"erikti: {output}\n")
    assert key.read_bytes() == b""


@pytest.mark.parametrize("size", [1, 31, 33, 64])
def test_a_key_of_another_length_is_refused(tmp_path: Path, size: int) -> None:
    for name in ("secret.key", "person.key"):
        key = tmp_path / name
        key.write_bytes(b"k" * size)
        ended = erikti("serve", ERIKTI_DATA=str(tmp_path))
        output = WRONG_KEYS[name].format(key, size)
        assert (ended.returncode, ended.stderr) == (1, f"erikti: {output}\n")
        key.unlink()


# Limits the size of files to simulate a full disk.
BOUNDED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.argv[:2] = ["erikti"]
from erikti.commands.main import main
main()
"""


def test_a_full_disk_is_reported(tmp_path: Path, file: Path) -> None:
    env = environment(ERIKTI_DATA=str(tmp_path / "data"), ERIKTI_KEYS=KEYS)
    ended = forked.python("-c", BOUNDED, "65536", "migrate", env=env)
    place = f"the database {tmp_path / 'data'}/erikti.db cannot be used"
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"erikti: {place}: its "), ended.stderr
    del env["ERIKTI_KEYS"]
    ended = forked.python("-c", BOUNDED, "0", "migrate", env=env)
    output = f"erikti: {tmp_path / 'data'}/sealing.keys: File too large\n"
    assert (ended.returncode, ended.stderr) == (1, output)
    assert [path.name for path in (tmp_path / "data").iterdir() if "keys" in path.name] == []


def test_rows_that_cannot_be_reported_are_not_taken(tmp_path: Path) -> None:
    variables = {"ERIKTI_DATA": str(tmp_path / "data")}
    assert erikti("migrate", **variables).returncode == 0
    file = tmp_path / "file"
    file.touch()
    rows = tmp_path / "volunteers.csv"
    rows.write_text(HEADER + GOOD)
    ended = erikti("import", "volunteers", str(rows), "--report", f"{file}/x.json", **variables)
    assert ended.returncode == 2
    assert ended.stderr == f"the report is incomplete: {file}/x.json: File exists\n"
    again = erikti("import", "volunteers", str(rows), COLUMNS="200", **variables)
    assert again.returncode == 0
    (report,) = (tmp_path / "data" / "imports").glob("*.json")
    assert json.loads(report.read_text())["accepted"] == 1


# Simulates a user without a passwd entry: ``docker run --user 12345``.
HOMELESS = """
import pwd, sys

def unknown(number):
    raise KeyError(number)

pwd.getpwuid = unknown
sys.argv[0] = "erikti"
from erikti.commands.main import main
main()
"""


def test_a_user_without_a_home_directory_names_a_folder(tmp_path: Path) -> None:
    env = environment(ERIKTI_DATA=str(tmp_path))
    env.pop("HOME", None)
    ended = forked.python("-c", HOMELESS, "migrate", env=env)
    assert ended.returncode == 0, ended.stderr
    del env["ERIKTI_DATA"]
    ended = forked.python("-c", HOMELESS, "migrate", env=env)
    output = "erikti: ERIKTI_DATA: the user has no home directory: name a folder\n"
    assert (ended.returncode, ended.stderr) == (1, output)


# Interrupts while a module is imported.
EARLY = """
import sys

interrupted = sys.argv.pop(1)

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == interrupted:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from erikti.commands.main import main
main()
"""


@pytest.mark.parametrize(
    "module", ["erikti.commands.errors", "erikti.commands.table", "erikti.commands.migrate"]
)
def test_an_interruption_is_no_error(tmp_path: Path, module: str) -> None:
    env = environment(ERIKTI_DATA=str(tmp_path))
    ended = started.python("-c", EARLY, module, "migrate", env=env)
    assert (ended.returncode, "Traceback" in ended.stderr) == (130, False), ended.stdout


def test_a_server_that_is_interrupted_while_it_starts_ends_without_a_word(tmp_path: Path) -> None:
    env = environment(PORT="0", ERIKTI_DATA=str(tmp_path))
    process = started.start(
        ["-m", "erikti", "serve"],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("GraphQL at")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in errors
