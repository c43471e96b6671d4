"""What stands in the way is said in a sentence, with exit code 2 and no stack trace."""

import socket
from pathlib import Path

import pytest

from devstack import folder as folders
from devstack import state
from devstack.__main__ import main
from devstack.ports import LOOPBACK, free_port


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data folder of the test's own, free ports, and signals left to the test runner."""
    for name in ("DATABASE_URL", "CELERY_BROKER_URL", "DEVSTACK_PG_BINDIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DEVSTACK_DIR", str(tmp_path))
    monkeypatch.setenv("PORT", str(free_port()))
    monkeypatch.setenv("SIMULATOR_PORT", str(free_port()))
    monkeypatch.setattr("devstack.run.stop_on_signals", lambda: None)
    monkeypatch.setattr("devstack.execute.stop_on_signals", lambda: None)


def _refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 2
    return capsys.readouterr().err.strip()


@pytest.mark.parametrize("variable", ["PORT", "SIMULATOR_PORT"])
def test_a_taken_port_names_the_port_and_its_variable(
    variable: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv(variable, str(port))

        sentence = _refusal(capsys, "run")

    assert sentence == f"Port {port} is taken by another program; set {variable} to a free one."


@pytest.mark.parametrize("text", ["", "web", "0", "65536", "-1", "８０００"])
def test_a_port_that_is_no_port_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", text)

    sentence = _refusal(capsys, "run")

    assert sentence == f"PORT must be a port number between 1 and 65535, not {text!r}."


def test_a_second_stack_on_one_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with folders.held(tmp_path):
        sentence = _refusal(capsys, "run")

    assert sentence.startswith(f"A stack is already running on {tmp_path} (process ")


def test_a_data_folder_that_is_a_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("DEVSTACK_DIR", str(file))

    sentence = _refusal(capsys, "run")

    assert sentence == f"The data folder {file} is not a folder; move it away, or set DEVSTACK_DIR."


def test_a_data_folder_that_cannot_be_written_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Not even root may make a folder there.
    monkeypatch.setenv("DEVSTACK_DIR", "/proc/payments")

    sentence = _refusal(capsys, "run")

    assert sentence.startswith("The data folder /proc/payments cannot be used (")


def test_a_damaged_state_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.json").write_text('{"postgres_port": ')

    sentence = _refusal(capsys, "run")

    assert sentence.startswith(f"The state file {tmp_path / 'state.json'} is damaged; restore it, or remove ")


def test_a_cluster_of_another_major_version_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _cluster(tmp_path, version="14\n")

    sentence = _refusal(capsys, "run")

    assert "was made by PostgreSQL 14, and the programs here are " in sentence
    assert "Set DEVSTACK_PG_BINDIR to the bin folder of PostgreSQL 14" in sentence


def test_a_folder_that_is_no_cluster_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = _cluster(tmp_path, version=None)

    sentence = _refusal(capsys, "exec", "true")

    assert sentence.startswith(f"The database folder {cluster} is damaged: PG_VERSION is missing. ")


def test_a_cluster_with_files_missing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cluster = _cluster(tmp_path, version="18\n")

    sentence = _refusal(capsys, "exec", "true")

    assert sentence.startswith(f"PostgreSQL could not start on {cluster}: ")
    assert str(tmp_path / "logs" / "postgres.log") in sentence


def test_a_lost_state_file_beside_a_cluster_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "true"]) == 0
    (tmp_path / "state.json").unlink()

    sentence = _refusal(capsys, "exec", "true")

    assert sentence.startswith(f"The passwords in {tmp_path / 'state.json'} are not those of the database beside it.")


def test_a_command_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state.load(tmp_path)
    with folders.held(tmp_path):
        sentence = _refusal(capsys, "exec", "no-such-command")

    assert sentence == "no-such-command cannot be run (No such file or directory)."


def test_a_wrong_folder_of_programs_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEVSTACK_PG_BINDIR", str(tmp_path))

    sentence = _refusal(capsys, "exec", "true")

    assert sentence == f"DEVSTACK_PG_BINDIR is {tmp_path}, and there is no postgres program in it."


def test_running_says_no_when_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["running"]) == 1

    assert capsys.readouterr().err == "No stack is running.\n"


def _cluster(folder: Path, *, version: str | None) -> Path:
    cluster = folder / "postgres" / "data"
    cluster.mkdir(parents=True, mode=0o700)
    cluster.chmod(0o700)
    if version is not None:
        (cluster / "PG_VERSION").write_text(version)
    return cluster
