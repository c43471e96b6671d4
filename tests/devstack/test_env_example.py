"""`.env.example` names every setting the code reads, and none that it does not."""

import itertools
import re
from pathlib import Path

from devstack.folder import ROOT

_READ = re.compile(r"""(?:env(?:\.\w+)?\(|environ(?:\.get\(|\[)|environment\.get\(|variable=)\s*"([A-Z][A-Z0-9_]+)\"""")
_EXAMPLE = re.compile(r"^#([A-Z][A-Z0-9_]+)=", re.MULTILINE)
_COMPOSE = re.compile(r"\$\{([A-Z][A-Z0-9_]+)")
# Common to many programs, not settings of this one.
_NOT_OURS = {"PATH", "NO_COLOR"}


def test_every_setting_has_a_line_and_every_line_a_setting() -> None:
    sources = [*ROOT.glob("payments_project/settings/*.py"), *ROOT.glob("devstack/*.py")]
    read = {name for source in sources for name in _READ.findall(source.read_text())}
    read |= set(_COMPOSE.findall((ROOT / "compose.yaml").read_text()))

    named = set(_EXAMPLE.findall(_text()))

    assert named - read == {"CHROMIUM", "DJANGO_SETTINGS_MODULE"}
    assert read - named == _NOT_OURS & read


def test_every_setting_is_explained_in_the_line_above() -> None:
    lines = _text().splitlines()

    unexplained = [line for before, line in itertools.pairwise(lines) if _EXAMPLE.match(line) and before[:2] != "# "]

    assert unexplained == []


def _text() -> str:
    return Path(ROOT / ".env.example").read_text()
