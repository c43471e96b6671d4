"""A first start of the demo on a data folder of its own, with a short history and the simulator beside it."""

import io
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from demo import history
from demo.management.commands.seed_demo import Command
from tests.support.simulator import Levers


class Installation:
    """A data folder, and `make run`'s step that fills it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def access(self) -> str:
        return (self.folder / "demo_access.json").read_text()

    def start(self) -> str:
        """What the step says."""
        said = io.StringIO()
        Command(stdout=said).handle()
        return said.getvalue()


@pytest.fixture
def installation(
    levers: Levers, transactional_db: None, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    settings.DATA_DIR = str(tmp_path)
    monkeypatch.setattr(history, "DAYS", 2)
    return Installation(tmp_path)
