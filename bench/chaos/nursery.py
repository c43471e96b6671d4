"""`python -m bench.chaos.nursery`: imports the service once and forks children of it that live for milliseconds.

Each child works against the same database and simulator and dies by SIGKILL: at an armed step of its flows, or at a
random moment. Told by lines on standard input: `storm`, `calm`, `stop`; tells on standard output after each of them.
"""

import gc
import heapq
import json
import math
import os
import random
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import django

from bench.chaos.shops import HINTING
from devstack.processes import die_with_parent

_RECORD = struct.Struct("=ii")
_BEGAN = -1
# From birth, and from the first piece of work: a child that comes by none of its steps dies in between.
_WAIT_SECONDS_MAX = 5.0
_LIFE_SECONDS_MAX = 1.0
_RANDOM_LIFE_SECONDS = (0.005, 0.05)
_RANDOM_SHARE = 0.3
# How many are armed at all steps of their role, at the rarer half of them, and at the very rarest.
_SHARES = (4, 4, 2)
# Now and then a child gets further, so that the work goes on.
_PASSES = (1, 1, 2, 3, 5, 8)
_CHILDREN = {"web": 4, "settle": 1, "worker": 2, "deliver": 1}
RANDOM = "at a random moment"


@dataclass(slots=True)
class _Child:
    role: str
    is_armed: bool
    is_calm: bool


@dataclass(slots=True)
class Nursery:
    """`labels` are the steps of every role; `random` decides which child dies where."""

    random: random.Random
    listening: socket.socket
    labels: dict[str, tuple[str, ...]]
    kills: Counter[str] = field(default_factory=Counter)
    mishaps: Counter[str] = field(default_factory=Counter)
    is_calm: bool = True
    _children: dict[int, _Child] = field(default_factory=dict)
    _due: list[tuple[float, int]] = field(default_factory=list)
    _pipe: tuple[int, int] = field(default_factory=os.pipe)
    _numbers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._numbers = tuple(sorted({label for labels in self.labels.values() for label in labels}))
        os.set_blocking(self._pipe[0], False)

    def run(self) -> None:
        while True:
            self._fill_up()
            wait = max(0.0, min(self._due[0][0] - time.monotonic(), 0.05)) if self._due else 0.05
            ready, _, _ = select.select([sys.stdin, self._pipe[0]], [], [], wait)
            if sys.stdin in ready and not self._obey(sys.stdin.readline().strip()):
                return
            self._hear()
            self._kill_due()
            self._bury()

    def _obey(self, word: str) -> bool:
        """False when it is over. The children of another mood are killed; calm ones live as long as nothing is said."""
        is_over = word not in ("storm", "calm", "count")
        if word in ("storm", "calm"):
            self.is_calm = word == "calm"
            for pid, child in list(self._children.items()):
                if child.is_calm != self.is_calm:
                    self._kill(pid)
        elif is_over:
            for pid in list(self._children):
                self._kill(pid)
            while self._children:
                self._bury()
        print(json.dumps({"kills": self.kills, "mishaps": self.mishaps}), flush=True)
        return not is_over

    def _fill_up(self) -> None:
        living = Counter(child.role for child in self._children.values())
        for role, wanted in _CHILDREN.items():
            for _ in range(wanted - living[role]):
                self._bear(role)

    def _bear(self, role: str) -> None:
        wanted: frozenset[str] = frozenset()
        if not self.is_calm and self.random.random() >= _RANDOM_SHARE:
            wanted = self._wanted(self.labels[role])
        passes = self.random.choice(_PASSES)
        prepare = die_with_parent(signal.SIGKILL)
        pid = os.fork()
        if pid == 0:
            prepare()
            self._live(role, wanted=wanted, passes=passes)
        self._children[pid] = _Child(role, is_armed=bool(wanted), is_calm=self.is_calm)
        if not self.is_calm:
            heapq.heappush(self._due, (time.monotonic() + _WAIT_SECONDS_MAX, pid))

    def _wanted(self, labels: tuple[str, ...]) -> frozenset[str]:
        """The steps of the role at which it is to die: all, or those at which fewest have died.

        All make for many deaths; among half of them the common ones do not hide the others, and of the very rarest
        nothing hides any.
        """
        ranked = sorted(labels, key=lambda label: (self.kills[label], self.random.random()))
        (share,) = self.random.choices((1.0, 0.5, 0.1), weights=_SHARES)
        return frozenset(ranked[: math.ceil(len(ranked) * share)])

    def _live(self, role: str, *, wanted: frozenset[str], passes: int) -> None:
        """In the child; never returns."""
        from django.core.handlers.wsgi import WSGIHandler

        from bench.chaos import dying, roles
        from payments_project.wsgi import application

        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            assert isinstance(application, WSGIHandler)
            if wanted:
                dying.arm(wanted, passes=passes, tell=lambda step: self._tell(self._numbers.index(step)))
            began = self._tell_once()
            roles.run(roles.Role(role), application=application, listening=self.listening, began=began)
        except BaseException:  # noqa: BLE001 - this is where the process ends
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)

    def _tell_once(self) -> Callable[[], None]:
        told = False

        def began() -> None:
            nonlocal told
            if not told:
                told = True
                self._tell(_BEGAN)

        return began

    def _tell(self, what: int) -> None:
        os.write(self._pipe[1], _RECORD.pack(os.getpid(), what))

    def _hear(self) -> None:
        while True:
            try:
                data = os.read(self._pipe[0], _RECORD.size)
            except BlockingIOError:
                return
            pid, what = _RECORD.unpack(data)
            if what != _BEGAN:
                self.kills[self._numbers[what]] += 1
                self.kills[RANDOM] -= 1
            elif (child := self._children.get(pid)) and not child.is_calm:
                life = _LIFE_SECONDS_MAX if child.is_armed else self.random.uniform(*_RANDOM_LIFE_SECONDS)
                heapq.heappush(self._due, (time.monotonic() + life, pid))

    def _kill_due(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic():
            _, pid = heapq.heappop(self._due)
            self._kill(pid)

    def _kill(self, pid: int) -> None:
        if pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid)
            if os.WIFSIGNALED(status):
                # What died at a step has said so on the pipe and is counted there instead.
                self.kills[RANDOM] += 1
            else:
                self.mishaps[child.role] += 1


def main(port: int, seed: int) -> None:
    django.setup()
    from django.db import connections
    from django.urls import get_resolver

    from bench.chaos import roles
    from common import steps
    from gateways.registry import ADAPTERS
    from payments_project import wsgi

    assert wsgi.application is not None
    get_resolver()._populate()
    for code in ("stripe", "paypal", HINTING):
        assert ADAPTERS[code] is not None
    labels = {
        role.value: tuple(label for flow in flows for label in steps.FLOWS[flow])
        for role, flows in roles.FLOWS_OF.items()
    }
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    listening.set_inheritable(True)
    connections.close_all()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    Nursery(random.Random(seed), listening, labels).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
