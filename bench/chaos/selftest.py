"""`python -m bench.chaos.selftest`: a harness that never failed proves nothing, so bugs about money are planted.

Each file in bugs/ is a patch with a line on what is wrong and the tests that must turn red. It is applied to a copy of
the tree; the tests named must fail there, and they must pass without it. Needs DATABASE_URL and CELERY_BROKER_URL.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from urllib.parse import urlsplit, urlunsplit

from devstack.folder import ROOT
from devstack.processes import die_with_parent
from devstack.terminal import say

BUGS = Path(__file__).parent / "bugs"
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".data", ".static", "__pycache__", ".*_cache", ".hypothesis", ".coverage*", "node_modules"
)
_SECONDS_MAX = 300
_FAILED = 1
# A short run, of which every bug that is caught this way is enough to turn it red.
_CHAOS = ("--kills", "200", "--seconds", "40", "--seed", "11")


class Useless(RuntimeError):
    """A patch that does not apply, names no test, or a test that does not pass without it."""


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug: what is wrong, and which tests, or which rounds of the crash tests, see it."""

    path: Path
    what: str
    tests: tuple[str, ...]
    rounds: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def changes_tables(self) -> bool:
        return "/migrations/" in self.path.read_text()


@dataclass(frozen=True, slots=True)
class Slot:
    """A copy of the tree with a database of its own, in which one bug at a time is planted."""

    number: int
    folder: Path

    def plant(self, bug: Bug, *, reverse: bool = False) -> None:
        command = ["git", "apply", "-C1", *(["--reverse"] if reverse else []), str(bug.path)]
        environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(self.folder.parent)}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Useless(f"{bug.path.name} does not apply any more: {done.stderr.strip()}")

    def test(self, tests: Sequence[str], *, makes_database: bool) -> tuple[int, str]:
        database = "--create-db" if makes_database else "--reuse-db"
        return self._run("pytest", "-q", "-x", "-p", "no:cacheprovider", database, *tests)

    def crash(self, rounds: Sequence[str]) -> tuple[int, str]:
        only = [word for name in rounds for word in ("--only", name)]
        return self._run("bench.chaos", *only, *_CHAOS)

    def _run(self, *module: str) -> tuple[int, str]:
        parts = urlsplit(os.environ["DATABASE_URL"])
        environment = os.environ | {
            "DATABASE_URL": urlunsplit(parts._replace(path=f"/selftest_{self.number}")),
            "DEVSTACK_DIR": str(self.folder / ".data"),
            "DJANGO_SETTINGS_MODULE": "payments_project.settings.test",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", *module],
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=_SECONDS_MAX,
                check=False,
                preexec_fn=die_with_parent(),
            )
        except subprocess.TimeoutExpired:
            return -1, f"no end after {_SECONDS_MAX} s"
        return done.returncode, (done.stdout + done.stderr)[-4000:]


def read(path: Path) -> Bug:
    """Raises Useless."""
    head = path.read_text().partition("\n--- ")[0].splitlines()
    values = {name: [line.partition(": ")[2] for line in head if line.startswith(f"{name}: ")] for name in _HEAD}
    if len(values["Bug"]) != 1 or not values["Test"] + values["Chaos"]:
        raise Useless(f"{path.name} says not what is wrong, or not who sees it.")
    return Bug(path, values["Bug"][0], tuple(values["Test"]), tuple(values["Chaos"]))


_HEAD = ("Bug", "Test", "Chaos")


def is_caught(bug: Bug, slot: Slot, *, is_fresh: bool) -> tuple[bool, str]:
    """Plant it and look. Raises Useless."""
    slot.plant(bug)
    try:
        code, said = 0, ""
        if bug.tests:
            code, said = slot.test(bug.tests, makes_database=is_fresh or bug.changes_tables)
        if code == 0 and bug.rounds:
            code, said = slot.crash(bug.rounds)
    finally:
        slot.plant(bug, reverse=True)
    if code not in (0, _FAILED):
        raise Useless(f"{bug.name} cannot be tried (code {code}):\n{said}")
    return code == _FAILED, said


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos.selftest", description=__doc__)
    parser.add_argument("names", nargs="*", help="of the bugs; all of them when none is given")
    parser.add_argument("--parallel", type=int, default=2)
    options = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        bugs = [read(path) for path in sorted(BUGS.glob("*.patch")) if path.stem in (options.names or [path.stem])]
        with tempfile.TemporaryDirectory(prefix="selftest-") as folder:
            Path(folder).chmod(0o711)
            caught = _try_all(bugs, slots=[_slot(n, Path(folder)) for n in range(1, options.parallel + 1)])
    except Useless as useless:
        say(str(useless))
        return 2
    say(f"{caught} of {len(bugs)} caught, in {time.monotonic() - started:.0f} s")
    return 0 if caught == len(bugs) else 1


def _slot(number: int, folder: Path) -> Slot:
    copy = folder / f"tree-{number}"
    shutil.copytree(ROOT, copy, ignore=_LEFT_OUT, symlinks=True)
    copy.chmod(0o711)
    return Slot(number, copy)


def _try_all(bugs: Sequence[Bug], *, slots: Sequence[Slot]) -> int:
    free: SimpleQueue[tuple[Slot, bool]] = SimpleQueue()

    def prepare(slot: Slot, tests: Sequence[str]) -> None:
        code, said = slot.test(tests, makes_database=True) if tests else (0, "")
        if code:
            raise Useless(f"Without any bug the tests do not pass:\n{said}")
        free.put((slot, not tests))

    def try_one(bug: Bug) -> bool:
        slot, is_fresh = free.get()
        try:
            found, said = is_caught(bug, slot, is_fresh=is_fresh)
        finally:
            free.put((slot, bug.changes_tables))
        say(f"{'caught ' if found else 'MISSED '} {bug.name}: {bug.what}" + ("" if found else f"\n{said}"))
        return found

    with ThreadPoolExecutor(len(slots)) as pool:
        list(pool.map(prepare, slots, _shared_out(bugs, among=len(slots))))
        say("The tests that are named pass without a bug.")
        return sum(pool.map(try_one, bugs))


def _shared_out(bugs: Sequence[Bug], *, among: int) -> list[list[str]]:
    """Every test that is named, once, in as many parts as there are slots."""
    tests = sorted({test for bug in bugs for test in bug.tests})
    return [tests[number::among] for number in range(among)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
