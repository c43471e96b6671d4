"""The rounds: what is killed in each, and how. After each round everything is calmed down and checked."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bench.chaos import calming, checker, evidence, trouble
from bench.chaos.buyers import Buyers
from bench.chaos.checker import Difference
from bench.chaos.overheard import Overheard
from bench.chaos.receiver import Receiver
from bench.chaos.shops import Shop
from bench.chaos.simulator import Control, ControlFailed
from bench.chaos.stack import SERVICE, Stack
from devstack.folder import ROOT
from devstack.processes import die_with_parent
from devstack.terminal import say

RANDOM = "at a random moment"
PAUSED = "paused past the lease"
DATABASE, BROKER = "the database", "the broker"
_AT_ONCE = 40
_PAUSE_SECONDS = 2.5
_LISTEN_SECONDS = 4.0


@dataclass(slots=True)
class Run:
    """One run: its stack, its buyers, and what has been counted so far."""

    stack: Stack
    control: Control
    shops: tuple[Shop, ...]
    buyers: Buyers
    random: random.Random
    receiver: Receiver
    steps: tuple[str, ...]
    kills: Counter[str] = field(default_factory=Counter)
    mishaps: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    rounds: int = 0
    last: evidence.Evidence = field(default_factory=evidence.Evidence)
    overheard: Overheard = field(default_factory=Overheard)
    _listened_at: float = 0.0

    # --- Forked children ---------------------------------------------------------------------------------------------

    def forked(self, *, seconds: float, kills: int, calls: int) -> None:
        """Children of one warm process, several at once, until time or kills are up."""
        nursery = _Nursery(self.stack, seed=self.random.randrange(2**31))
        before = sum(self.kills.values())
        try:
            self._bring_trouble(calls=calls)
            nursery.say("storm")
            self.buyers.begin(at_once=_AT_ONCE)
            until = time.monotonic() + seconds
            while time.monotonic() < until and nursery.killed() < kills:
                time.sleep(0.25)
                self._listen()
            nursery.say("calm")
            self._calm(
                f"forked children, {calls} kinds of failing calls", before=before, keep_up=lambda: None, nursery=nursery
            )
        finally:
            self.mishaps += nursery.end()

    # --- Whole processes ---------------------------------------------------------------------------------------------

    def processes(self, *, seconds: float) -> None:
        """The real web server, workers and beat: killed by chance, at steps, and frozen for longer than a lease."""
        self._beat("whole processes killed and paused", seconds=seconds, blow=self._hit_a_process, every=(1.0, 2.5))

    def database(self, *, seconds: float) -> None:
        self._beat("the database killed under load", seconds=seconds, blow=self._crash_database, every=(2.5, 4.0))

    def broker(self, *, seconds: float) -> None:
        """And a gateway that refuses every connection for a second."""
        self._beat("the broker killed and emptied", seconds=seconds, blow=self._lose_broker, every=(2.5, 4.0))

    def _beat(self, name: str, *, seconds: float, blow: Callable[[], None], every: tuple[float, float]) -> None:
        before = sum(self.kills.values())
        self.stack.start_service()
        self._bring_trouble(calls=4)
        self.buyers.begin(at_once=_AT_ONCE)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(self.random.uniform(*every))
            blow()
            self._keep_up(is_storm=True)
            self._listen()
        self._calm(name, before=before, keep_up=lambda: self._keep_up(is_storm=False))

    def _hit_a_process(self) -> None:
        # Seldom the web server alone: without it nothing comes in that the others could lose.
        (name,) = self.random.choices(SERVICE, weights=(1, 3, 3, 1))
        if self.random.random() < 0.3 and name != "beat":
            let_go = self.stack.pause(name)
            time.sleep(_PAUSE_SECONDS)
            let_go()
            self.kills[PAUSED] += 1
        elif self.stack.is_alive(name):
            self.stack.kill(name)
            self.kills[f"{name}, {RANDOM}"] += 1

    def _crash_database(self) -> None:
        self.stack.crash_database()
        self.kills[DATABASE] += 1

    def _lose_broker(self) -> None:
        self.control.call("POST", "/outage", seconds=1)
        self.stack.lose_broker(seconds=1.0)
        self.kills[BROKER] += 1

    def _keep_up(self, *, is_storm: bool) -> None:
        """Start what is dead; in the storm it may be armed to die at a step."""
        for name in SERVICE:
            if not self.stack.is_alive(name):
                armed = ""
                if is_storm and self.random.random() < 0.5 and name != "beat":
                    armed = f"{','.join(self.random.sample(self.steps, 12))}:{self.random.choice((2, 5, 20, 60))}"
                self.stack.start(name, armed=armed)

    def _count_deaths(self) -> None:
        if self.stack.deaths.exists():
            self.kills.update(self.stack.deaths.read_text().split())
            self.stack.deaths.unlink()

    # --- Afterwards --------------------------------------------------------------------------------------------------

    def _calm(self, name: str, *, before: int, keep_up: Callable[[], None], nursery: "_Nursery | None" = None) -> None:
        started = time.monotonic()
        self.receiver.is_calm = True
        self._clear_faults()
        self.buyers.close()
        while (left := self.buyers.wait(seconds=1.0, forget=time.monotonic() - started > 40)) and left > 0:
            keep_up()
        left_at = time.monotonic()
        open_ = calming.let_it_settle(
            self.stack.connect, control=self.control, overheard=self.overheard, keep_up=keep_up
        )
        settled_at = time.monotonic()
        if nursery is not None:
            self.kills.update(nursery.counted())
        self._count_deaths()
        with self.stack.connect() as connection:
            found = evidence.gather(
                connection,
                control=self.control,
                overheard=self.overheard,
                receiver=self.receiver,
                shops=self.shops,
                sales=self.buyers.sales,
            )
        self.last = found
        new = checker.check(found)
        self.differences = new
        self.rounds += 1
        say(
            f"  {self.rounds}. {name}: {sum(self.kills.values()) - before} kills, {len(found.payments)} payments, "
            f"{len(found.events)} events, {len(found.deliveries)} deliveries, {len(found.inbox)} webhooks, "
            f"calm after {left_at - started:.0f} + {settled_at - left_at:.0f} s, "
            f"checked in {time.monotonic() - settled_at:.1f} s" + (f", open: {open_}" if open_ else "")
        )
        for difference in new[:20]:
            say(f"     {difference}")

    def _listen(self) -> None:
        """Before the simulator forgets; during an outage of its own it is heard later."""
        if time.monotonic() - self._listened_at > _LISTEN_SECONDS:
            self._listened_at = time.monotonic()
            with suppress(ControlFailed):
                self.overheard.listen(self.control)

    def _bring_trouble(self, *, calls: int) -> None:
        self.receiver.is_calm = False
        trouble.bring(self.control, [*trouble.turned_away(self.shops), *trouble.choose(self.random, calls=calls)])

    def _clear_faults(self) -> None:
        for _ in range(40):
            try:
                trouble.clear(self.control)
                return
            except ControlFailed:
                time.sleep(0.1)
        raise RuntimeError("the simulator does not come back")


class _Nursery:
    """The process that forks; see nursery.py."""

    def __init__(self, stack: Stack, *, seed: int) -> None:
        self._log = (stack.folder / "logs" / "nursery.log").open("ab")
        environment = stack.environment | {"CELERY_BROKER_URL": "memory://"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.chaos.nursery", str(stack.ports.web), str(seed)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            preexec_fn=die_with_parent(signal.SIGKILL),  # noqa: PLW1509 - nothing else starts processes meanwhile
        )
        self._counts: dict[str, dict[str, int]] = {"kills": {}, "mishaps": {}}
        self._read()

    def say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        self._counts = self._read()

    def killed(self) -> int:
        self.say("count")
        return sum(self._counts["kills"].values())

    def counted(self) -> Counter[str]:
        self.say("count")
        return Counter(self._counts["kills"])

    def end(self) -> Counter[str]:
        if self._process.poll() is None:
            self.say("stop")
            self._process.wait(20)
        self._log.close()
        return Counter(self._counts["mishaps"])

    def _read(self) -> dict[str, dict[str, int]]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the nursery ended by itself; see its log")
        answer: dict[str, dict[str, int]] = json.loads(line)
        return answer
