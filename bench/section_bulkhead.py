"""One gateway hangs, drips or refuses: what do payments by the others feel, in the same web processes.

Three tenants pay by a gateway of their own. Normal is all three answering in 50 ms; then the first goes wrong.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from bench import figures, open_loop
from bench.contents import HTTP_GATEWAYS as NAMES
from bench.figures import Figure
from bench.open_loop import Volley
from bench.requests import Requests
from bench.stand import Side, Stand, Web, web
from devstack.folder import ROOT
from devstack.processes import die_with_parent

BROKEN, *OTHERS = NAMES
_PER_SECOND = 12.0
# Longer than a call may last, so that the circuit opens before the end.
_SECONDS = 26.0
_NORMAL_SECONDS = 13.0
_TIMES_MAX = 1.5
# Until every process has read that the circuit is closed.
_FORGET_SECONDS = 2.5
_OPENED = "SELECT extract(epoch FROM changed_at) FROM gateways_breaker WHERE circuit LIKE %s AND state <> 'closed'"


@dataclass(frozen=True, slots=True)
class Told:
    """A stretch of time. `opened` is when the broken gateway's circuit opened, in seconds from the start."""

    volleys: Mapping[str, Volley]
    calls: int
    opened: float | None

    def p95(self, name: str) -> float:
        return self.volleys[name].percentile(0.95)


class Gateways:
    """The process of `bench.slow_gateway`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.slow_gateway", *NAMES],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=die_with_parent(),  # noqa: PLW1509 - nothing else runs in this process while it starts one
        )
        self.ports = self._answer()

    def become(self, name: str, mode: str) -> int:
        """Returns how many calls it had in the mode before."""
        return self._ask(f"{name} {mode}")[name]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)

    def _ask(self, line: str) -> dict[str, int]:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the slow gateways have ended")
        found: dict[str, int] = json.loads(line)
        return found


def one_gateway_breaks(stand: Stand) -> list[Figure]:
    keys = _fill(stand.service)
    with _gateways() as gateways:
        environment = {"BENCH_GATEWAYS": json.dumps(gateways.ports)}
        if stand.is_quick:
            environment["GATEWAY_TOTAL_SECONDS"] = "3"
        with web(stand, stand.service, **environment) as server:
            bench = _Bench(stand, server, gateways, keys)
            bench.during("healthy", NAMES, seconds=2.0)
            alone = {name: bench.during("healthy", (name,), seconds=_NORMAL_SECONDS).p95(name) for name in OTHERS}
            normal = [bench.during("healthy", NAMES, seconds=_NORMAL_SECONDS)]
            found = {}
            for mode in _WORDS:
                found[mode] = bench.during(mode, NAMES, seconds=_SECONDS)
                normal.append(bench.during("healthy", NAMES, seconds=_NORMAL_SECONDS))
    usual = {name: figures.median([told.p95(name) for told in normal]) for name in OTHERS}
    told = ", ".join(f"{name} alone {alone[name]:.0f}, with all {usual[name]:.0f}" for name in OTHERS)
    return [
        figures.told("bulkhead: p95 while all is well", max(usual.values()), unit="ms", detail=told),
        *(
            _figure(mode, found[mode], before=before, after=after)
            for mode, before, after in zip(_WORDS, normal, normal[1:], strict=False)
        ),
    ]


def _figure(mode: str, told: Told, *, before: Told, after: Told) -> Figure:
    """Held against the normal stretches on both sides of it: what disturbs the machine disturbs them, too."""
    normal = {name: (before.p95(name) + after.p95(name)) / 2 for name in OTHERS}
    opened = "its circuit stayed closed" if told.opened is None else f"its circuit opened after {told.opened:.1f} s"
    statuses = dict(sorted(told.volleys[BROKEN].statuses.items()))
    waits = ", ".join(f"{told.p95(name):.0f} and {normal[name]:.0f} ms" for name in OTHERS)
    return figures.at_most(
        f"bulkhead: one gateway {_WORDS[mode]}, p95 of the others",
        max(told.p95(name) / normal[name] for name in OTHERS),
        bar=_TIMES_MAX,
        unit="times normal",
        detail=f"{waits}; {told.calls} calls reached it, {opened}, its payers heard {statuses}",
    )


_WORDS = {"drip": "drips", "hang": "hangs", "refuse": "refuses connections"}


class _Bench:
    def __init__(self, stand: Stand, server: Web, gateways: Gateways, keys: Mapping[str, str]) -> None:
        self._stand = stand
        self._server = server
        self._gateways = gateways
        self._speak = {name: Requests(server.side, key) for name, key in keys.items()}

    def during(self, mode: str, names: tuple[str, ...], *, seconds: float) -> Told:
        seconds = seconds / 4 if self._stand.is_quick else seconds
        shots = open_loop.together(*(self._train(name, seconds) for name in names))
        # Those of the broken one are answered when their time is up; the others must be.
        self._gateways.become(BROKEN, mode)
        watch = _Watch(self._server.side)
        volleys = open_loop.Battery(self._server.port).fire(shots, patience_seconds=25)
        opened = watch.stop()
        calls = self._gateways.become(BROKEN, "healthy")
        for name in names:
            if name != BROKEN:
                volleys[name].require(201)
        self._forget()
        return Told(volleys, calls, opened)

    def _train(self, name: str, seconds: float) -> Iterator[open_loop.Shot]:
        speak = self._speak[name]
        # Not all at the same moment: a third of the interval apart.
        offset = NAMES.index(name) / len(NAMES) / _PER_SECOND
        for number in range(int(seconds * _PER_SECOND)):
            yield open_loop.Shot(number / _PER_SECOND + offset, name, speak.create())

    def _forget(self) -> None:
        time.sleep(0.3)
        with self._server.side.database.connect() as connection:
            connection.execute("DELETE FROM gateways_breaker")
        time.sleep(_FORGET_SECONDS)


class _Watch:
    """Looks ten times a second whether the circuit of the broken gateway is open."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self._opened: float | None = None
        self._is_over = threading.Event()
        self._started = time.time()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> float | None:
        self._is_over.set()
        self._thread.join()
        return self._opened

    def _look(self) -> None:
        with self._side.database.connect() as connection:
            while self._opened is None and not self._is_over.wait(0.1):
                row = connection.execute(_OPENED, [f"{BROKEN}:%"]).fetchone()
                self._opened = float(row[0]) - self._started if row else None


@contextmanager
def _gateways() -> Iterator[Gateways]:
    gateways = Gateways()
    try:
        yield gateways
    finally:
        gateways.stop()


def _fill(side: Side) -> dict[str, str]:
    command = [sys.executable, "manage.py", "fill_bulkhead"]
    result = subprocess.run(command, cwd=ROOT, env=side.environment, check=True, stdout=subprocess.PIPE)
    keys: dict[str, str] = json.loads(result.stdout)
    return keys
