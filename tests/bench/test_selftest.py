"""The planted bugs of the crash tests: each says what is wrong and who sees it, and still applies to the code."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bench.chaos.selftest import BUGS, Useless, read
from devstack.folder import ROOT

PATCHES = sorted(BUGS.glob("*.patch"))


def test_there_are_at_least_twenty_bugs_and_one_needs_the_crash_tests() -> None:
    bugs = [read(path) for path in PATCHES]

    assert len(bugs) >= 20
    assert any(bug.rounds for bug in bugs)
    assert len({bug.what for bug in bugs}) == len(bugs)


@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
def test_the_tests_that_a_bug_turns_red_exist(path: Path) -> None:
    for name in read(path).tests:
        file, _, test = name.partition("::")
        assert f"def {test}" in (ROOT / file).read_text()


@pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patches, and there is none")
@pytest.mark.parametrize("path", PATCHES, ids=lambda path: path.stem)
def test_a_bug_still_applies(path: Path) -> None:
    done = subprocess.run(
        ["git", "apply", "--check", "-C1", str(path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_a_patch_that_names_nobody_is_useless(tmp_path: Path) -> None:
    patch = tmp_path / "odd.patch"
    patch.write_text("Bug: something is wrong.\n\n--- a/odd\n+++ b/odd\n")

    with pytest.raises(Useless, match="who sees it"):
        read(patch)
