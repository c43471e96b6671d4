"""The embedded database and broker, really started, in a folder of their own."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from devstack import backing, state
from devstack.folder import ROOT
from devstack.ports import LOOPBACK
from devstack.supervisor import Supervisor


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[backing.Backing]:
    folder = tmp_path_factory.mktemp("stack")
    with Supervisor(pid_file=folder / "pids.json", is_quiet=True) as supervisor:
        yield backing.start_embedded(supervisor, folder=folder, state=state.load(folder))


def test_the_database_is_durable_and_listens_on_loopback_only(stack: backing.Backing) -> None:
    names = ("fsync", "synchronous_commit", "listen_addresses", "TimeZone")

    with psycopg.connect(stack.database.owner_url) as connection:
        found = [connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in names]

    assert found == ["on", "on", "127.0.0.1", "UTC"]


def test_the_application_role_cannot_change_the_schema(stack: backing.Backing) -> None:
    with psycopg.connect(stack.database.url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE intruder (id int)")


def test_the_owner_makes_databases_and_can_step_down_to_the_application_role(stack: backing.Backing) -> None:
    with psycopg.connect(stack.database.owner_url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE scratch")
        connection.execute("SET ROLE pay_app")

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE intruder (id int)")


def test_a_connection_without_password_is_refused(stack: backing.Backing) -> None:
    port = psycopg.conninfo.conninfo_to_dict(stack.database.url)["port"]

    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(host=LOOPBACK, port=port, user="pay_admin", dbname="postgres", passfile="/dev/null")


def test_data_and_queue_survive_a_stop(tmp_path: Path) -> None:
    kept = state.load(tmp_path)
    with Supervisor(pid_file=tmp_path / "pids.json", is_quiet=True) as supervisor:
        first = backing.start_embedded(supervisor, folder=tmp_path, state=kept)
        with psycopg.connect(first.database.owner_url) as connection:
            connection.execute("CREATE TABLE note (text text)")
            connection.execute("INSERT INTO note VALUES ('kept')")
        _tell_broker(kept, "LPUSH queue task")

    with Supervisor(pid_file=tmp_path / "pids.json", is_quiet=True) as supervisor:
        second = backing.start_embedded(supervisor, folder=tmp_path, state=kept)
        with psycopg.connect(second.database.owner_url) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]
        assert _tell_broker(kept, "LLEN queue") == ":1"


def test_exec_returns_the_exit_code_and_leaves_nothing_behind(tmp_path: Path) -> None:
    command = "import os, psycopg, sys; psycopg.connect(os.environ['DATABASE_URL']); sys.exit(37)"

    result = _devstack(tmp_path, "exec", "--fresh", "--", sys.executable, "-c", command)

    assert (result.returncode, result.stderr) == (37, "")
    assert list(tmp_path.iterdir()) == []


def test_the_state_file_is_private_and_stays_the_same(tmp_path: Path) -> None:
    made = state.load(tmp_path)

    again = state.load(tmp_path)

    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600
    assert again == made


def test_a_port_taken_meanwhile_is_replaced(tmp_path: Path) -> None:
    made = state.load(tmp_path)
    with socket.create_server((LOOPBACK, made.postgres_port)):
        again = state.load(tmp_path)

    assert again.postgres_port != made.postgres_port
    assert json.loads((tmp_path / "state.json").read_text())["postgres_port"] == again.postgres_port


def _tell_broker(kept: state.State, command: str) -> str:
    with socket.create_connection((LOOPBACK, kept.valkey_port), timeout=5) as connection:
        connection.sendall(f"AUTH {kept.valkey_password}\r\n{command}\r\nQUIT\r\n".encode())
        with connection.makefile() as answers:
            return answers.read().split()[1]


def _devstack(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devstack", *arguments],
        cwd=ROOT,
        env={**os.environ, "DEVSTACK_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
