"""Customers who never give up: they sell tickets through the API, pay at the gateway, and keep every answer they got.

Who gets no answer sends the same key again. What each buyer does is decided by the seed; when it happens is not.
"""

import heapq
import http.client
import itertools
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.sale import Answer, Sale, plan
from bench.chaos.shops import Shop
from bench.chaos.simulator import Control, ControlFailed

_THREADS = 12
_TIMEOUT_SECONDS = 8.0


@dataclass(slots=True)
class Buyers:
    """`begin` opens the doors, `close` lets nobody new in, `wait` is over when the last one has left."""

    port: int
    shops: Sequence[Shop]
    control: Control
    random: random.Random
    sales: list[Sale] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    _queue: list[tuple[float, int, Sale]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    _guard: threading.Condition = field(default_factory=threading.Condition)
    _at_work: int = 0
    _is_open: bool = False
    _most: int = 0

    def begin(self, *, at_once: int) -> None:
        """Keep that many sales under way."""
        if not self._threads_run():
            for _ in range(_THREADS):
                threading.Thread(target=self._serve, daemon=True).start()
            self._most = at_once
        with self._guard:
            self._is_open, self._most = True, at_once
            self._invite()

    def close(self) -> None:
        """Who has an answer leaves; who waits for one stays until it is there."""
        with self._guard:
            self._is_open = False
            self._queue = [entry for entry in self._queue if entry[2].waits_for_an_answer]
            heapq.heapify(self._queue)

    def wait(self, *, seconds: float, forget: bool = False) -> int:
        """How many are still inside after that time; they may be forgotten, but not the answers they got."""
        until = time.monotonic() + seconds
        with self._guard:
            while (self._queue or self._at_work) and time.monotonic() < until:
                self._guard.wait(0.1)
            if forget:
                self._queue.clear()
            return len(self._queue) + self._at_work

    def _threads_run(self) -> bool:
        return self._most > 0

    def _invite(self) -> None:
        while self._is_open and len(self._queue) + self._at_work < self._most:
            number = next(self._numbers)
            shop = self.random.choice(self.shops)
            sale = Sale(number, shop, plan(self.random, number, shop=shop))
            self.sales.append(sale)
            heapq.heappush(self._queue, (time.monotonic(), number, sale))
        self._guard.notify_all()

    def _serve(self) -> None:
        while True:
            with self._guard:
                while not self._queue or self._queue[0][0] > time.monotonic():
                    self._guard.wait(0.02)
                _, number, sale = heapq.heappop(self._queue)
                self._at_work += 1
            pause = self._advance(sale)
            with self._guard:
                self._at_work -= 1
                if pause is not None and (self._is_open or sale.waits_for_an_answer):
                    heapq.heappush(self._queue, (time.monotonic() + pause, number, sale))
                self._invite()

    def _advance(self, sale: Sale) -> float | None:
        """One move of one buyer: the seconds until the next, or None when there is none."""
        move = sale.next_move()
        if move is None:
            return None
        try:
            if move.is_payment:
                self.control.pay(sale.gateway, sale.gateway_payment_id, amount=sale.wanted.body["amount"])
                sale.paid()
            else:
                answer = self._request(sale.shop, move.method, move.path, key=move.key, body=move.body)
                error = answer.json.get("error", "") if answer.status >= 400 else ""
                self.statuses[f"{move.name} {answer.status} {error}".strip()] += 1
                sale.answered(move, answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.statuses[f"{move.name} {type(error).__name__}"] += 1
            sale.nothing_heard(move)
        except ControlFailed:
            self.statuses[f"{move.name} refused"] += 1
            sale.refused_at_gateway()
        return sale.pause_seconds

    def _request(self, shop: Shop, method: str, path: str, *, key: str, body: Any) -> Answer:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
        headers = {"Authorization": f"Bearer {shop.api_key}", "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        try:
            link.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
            response = link.getresponse()
            return Answer(key, response.status, json.loads(response.read()))
        finally:
            link.close()
