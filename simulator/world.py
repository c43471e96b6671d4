"""What all gateways of one process share: ids, the lock, the fault script, timers, webhooks on their way, the store."""

import hashlib
import itertools
import secrets
import threading
import time
from collections.abc import Callable
from pathlib import Path

from simulator.agenda import Agenda
from simulator.deliveries import Dispatcher
from simulator.faults import FaultKind, FaultScript
from simulator.journal import Journal
from simulator.store import Store

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WEBHOOK_THREADS = 8


class World:
    """`lock` guards every gateway's state; it is held for one call's work and never while waiting."""

    def __init__(self, *, directory: Path | None = None, seed: int | None = None) -> None:
        self.lock = threading.Lock()
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self.script = FaultScript(seed=self.seed)
        self.journal = Journal()
        self.timers = Agenda(name="timers", threads=1)
        self.dispatcher = Dispatcher(script=self.script, threads=WEBHOOK_THREADS, distort=self._distort)
        self.store = Store(directory=directory, guard=self.lock)
        self.distorters: dict[str, Callable[..., bytes]] = {}
        self._serial = itertools.count(1)
        # A new era at each start: the same seed makes the same ids in a fresh directory and never an old one again.
        self._era = self.store.fact("era", default=0) + 1
        self.store.note_fact("era", value=self._era)

    def now(self) -> int:
        return int(time.time())

    def token(self, *, length: int) -> str:
        """Letters and digits that look random, made from the seed and a serial number."""
        text = f"{self.seed}:{self._era}:{next(self._serial)}"
        number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=24).digest())
        letters = []
        for _ in range(length):
            number, digit = divmod(number, 62)
            letters.append(_ALPHABET[digit])
        return "".join(letters)

    def _distort(self, gateway: str, body: bytes, *, lie: FaultKind) -> bytes:
        return self.distorters[gateway](body, lie=lie)

    def stop(self) -> None:
        self.timers.stop()
        self.dispatcher.stop()
        self.store.stop()
