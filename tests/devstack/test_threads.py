"""One number of threads: what the server is started with is what the settings divide between gateways."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from devstack import programs
from devstack.folder import ROOT
from devstack.ports import Ports


def threads_of_web(folder: Path) -> tuple[str, str]:
    """As the server's option says, and as its processes read it."""
    program = programs.of_web({}, ports=Ports(web=1, simulator=2), folder=folder)
    option = program.command[program.command.index("--blocking-threads") + 1]
    return option, program.environment["WEB_THREADS"]


def test_the_server_has_the_threads_that_the_settings_count_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WEB_THREADS", raising=False)
    assert threads_of_web(tmp_path) == ("16", "16")
    monkeypatch.setenv("WEB_THREADS", "6")
    assert threads_of_web(tmp_path) == ("6", "6")


def test_the_worker_divides_its_own_threads(tmp_path: Path) -> None:
    _, worker = programs.of_workers({"WEB_THREADS": "8"}, folder=tmp_path)

    assert worker.command[-2:] == ("-c", worker.environment["WEB_THREADS"]) == ("-c", "4")


def test_the_image_has_them_too() -> None:
    found = re.search(r"GRANIAN_BLOCKING_THREADS=(\d+)", (ROOT / "Dockerfile").read_text())

    assert found is not None
    assert int(found.group(1)) == settings.WEB_THREADS == 16


def test_one_gateway_leaves_a_quarter_of_the_threads_whatever_it_does() -> None:
    taken = settings.GATEWAY_CALLS_MAX + settings.GATEWAY_WAITING_MAX

    assert (settings.GATEWAY_CALLS_MAX, settings.GATEWAY_WAITING_MAX) == (8, 4)
    assert taken <= settings.WEB_THREADS * 3 // 4
