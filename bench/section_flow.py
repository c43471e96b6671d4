"""Whole payments over HTTP: created, paid by webhook, settled by the worker; against the naive pipeline."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import books, figures, load, requests, usage, waiting
from bench.events import SUCCEEDED
from bench.figures import Figure
from bench.load import Load
from bench.stand import Side, Stand, Web, running, wait_until_settled, web, workers

_CONNECTIONS = 32
_SECONDS = 4.0


@dataclass(slots=True)
class Flow:
    """One round of one side: payments until the last is settled."""

    payments_per_second: float
    requests_per_second: float
    load: Load


@dataclass(slots=True)
class Memory:
    """The most that was seen, in MB."""

    proportional: float = 0.0
    resident: float = 0.0
    stopped: threading.Event = field(default_factory=threading.Event)


def whole_payments(stand: Stand) -> list[Figure]:
    ours: list[Flow] = []
    theirs: list[Flow] = []
    with web(stand, stand.service) as service, web(stand, stand.naive) as naive, running(workers(stand)) as helpers:
        _wait_for_worker(stand.service)
        newest = _newest_event(stand.service)
        with _watched([service.child.pid, *(helper.pid for helper in helpers)]) as memory:
            for number in range(stand.rounds + 1):
                one, two = _round(stand, service), _round(stand, naive)
                if number:
                    ours.append(one)
                    theirs.append(two)
    p50, p95, unsettled = _received_to_settled(stand.service, after=newest)
    return [
        figures.at_least(
            "whole payments per second / naive",
            figures.median(figures.ratios(_rates(ours), _rates(theirs))),
            bar=5,
            unit="times",
            detail=f"{figures.spread(_rates(ours))} and {figures.spread(_rates(theirs))} payments/s",
        ),
        figures.at_least(
            "HTTP requests per second",
            figures.median([flow.requests_per_second for flow in ours]),
            bar=1000,
            unit="requests/s",
            detail=_about_load(ours),
        ),
        figures.below("received to settled, p95", p95, bar=200, unit="ms", detail=f"p50 {p50:.0f} ms"),
        figures.at_most("webhooks not settled", unsettled, bar=0, unit="webhooks"),
        figures.at_most(
            "books after the load: differences", books.verify(stand.service).differences, bar=0, unit="differences"
        ),
        figures.below(
            "memory: web, workers and beat",
            memory.proportional,
            bar=700,
            unit="MB PSS",
            detail=f"RSS {memory.resident:.0f} MB",
        ),
    ]


def _round(stand: Stand, server: Web) -> Flow:
    speak = requests.of(server.side)
    signer = speak.signer(SUCCEEDED)
    started = time.perf_counter()
    is_over = requests.Over(time.perf_counter, at=started + (_SECONDS / 2 if stand.is_quick else _SECONDS))
    done = load.run(
        port=server.port,
        make_script=lambda _number: requests.sales(speak, signer=signer, is_over=is_over),
        connections=_CONNECTIONS,
    )
    done.require(200, 201)
    if server.side is stand.service:
        wait_until_settled(server.side)
    return Flow(done.requests / 2 / (time.perf_counter() - started), done.per_second, done)


def _rates(flows: list[Flow]) -> list[float]:
    return [flow.payments_per_second for flow in flows]


def _about_load(flows: list[Flow]) -> str:
    p95 = figures.median([flow.load.percentile(0.95) for flow in flows])
    share = figures.median([flow.load.cpu_seconds / flow.load.seconds for flow in flows])
    return f"{_CONNECTIONS} connections, p95 {p95:.0f} ms, the generator itself {share:.0%} of a core"


def _wait_for_worker(side: Side) -> None:
    with side.database.connect() as connection:
        waiting.add(connection, side.contents, count=1)
    wait_until_settled(side)


def _newest_event(side: Side) -> int:
    with side.database.connect() as connection:
        row = connection.execute("SELECT coalesce(max(id), 0) FROM gateways_inboundevent").fetchone()
    assert row is not None
    return int(row[0])


def _received_to_settled(side: Side, *, after: int) -> tuple[float, float, int]:
    with side.database.connect() as connection:
        rows = connection.execute(
            "SELECT extract(epoch FROM settled_at - received_at) * 1000, state"
            " FROM gateways_inboundevent WHERE id > %s",
            [after],
        ).fetchall()
    settled = [float(milliseconds) for milliseconds, state in rows if state == "applied"]
    return load.percentile(settled, 0.5), load.percentile(settled, 0.95), len(rows) - len(settled)


@contextmanager
def _watched(roots: list[int]) -> Iterator[Memory]:
    """Look once a round what the process trees hold: looking costs the machine a twentieth of a core."""
    memory = Memory()
    thread = threading.Thread(target=_watch, args=(roots, memory), daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        memory.stopped.set()
        thread.join()


def _watch(roots: list[int], memory: Memory) -> None:
    while not memory.stopped.wait(4.0):
        proportional, resident = usage.memory_mb(pid for root in roots for pid in usage.family(root))
        memory.proportional = max(memory.proportional, proportional)
        memory.resident = max(memory.resident, resident)
