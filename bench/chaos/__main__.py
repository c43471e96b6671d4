"""`python -m bench.chaos [--seed 7] [--kills 1000] [--seconds 60]`: crash the service, and count the money afterwards.

Ends with 0 where nothing was lost, duplicated or unexplained. Writes what it found to .data/chaos.json.
"""

import argparse
import json
import random
import sys
import time
from pathlib import Path

from bench.chaos import shops
from bench.chaos.buyers import Buyers
from bench.chaos.checker import Kind, delivered_again, waiting_for_a_person
from bench.chaos.receiver import Receiver
from bench.chaos.rounds import PAUSED, Run
from bench.chaos.simulator import Control
from bench.chaos.stack import Stack
from common.steps import FLOWS
from devstack import folder as folders
from devstack.supervisor import StopRequested, stop_on_signals
from devstack.terminal import say

RESULT = "chaos.json"
_SHOWN_MAX = 100


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    stop_on_signals()
    base = folders.prepare(folders.default_path())
    started = time.monotonic()
    try:
        with folders.throw_away(base) as folder:
            run = _run(options, folder=folder)
    except StopRequested:
        return 130
    result = _result(options.seed, run)
    (base / RESULT).write_text(json.dumps(result, indent=2) + "\n")
    _report(run, result, seconds=time.monotonic() - started)
    return 1 if run.differences else 0


def _run(options: argparse.Namespace, *, folder: Path) -> Run:
    chance = random.Random(options.seed)
    stack = Stack(folder=folder, seed=options.seed)
    receiver = Receiver(random.Random(chance.randrange(2**31)))
    try:
        receiver.begin()
        say(f"Seed {options.seed}. Starting database, broker and simulator …")
        stack.begin()
        opened = shops.open_all(stack.environment, receiver_url=receiver.url)
        for shop in opened:
            receiver.expect(shop.endpoint.path, secret=shop.endpoint.secret)
        control = Control(stack.simulator_url)
        buyers = Buyers(stack.ports.web, opened, control, random.Random(chance.randrange(2**31)))
        labels = tuple(label for labels in FLOWS.values() for label in labels)
        run = Run(stack, control, opened, buyers, chance, receiver, labels)
        _storm(run, options)
        return run
    finally:
        stack.end()
        receiver.end()


def _storm(run: Run, options: argparse.Namespace) -> None:
    """Most kills are of forked children, in rounds of their own; the rest of the time belongs to whole processes."""
    only = options.only or ("forked", "processes", "database", "broker")
    whole = min(options.seconds * 0.15, 120)
    forked = options.seconds - 3 * whole
    if "forked" in only:
        left = options.kills
        began = time.monotonic()
        while left > 0 and time.monotonic() - began < forked and not run.differences:
            before = sum(run.kills.values())
            run.forked(seconds=min(options.seconds * 0.3, 60), kills=min(left, 2500), calls=0 if run.rounds == 0 else 6)
            left -= sum(run.kills.values()) - before
    for name in ("processes", "database", "broker"):
        if name in only and not run.differences:
            getattr(run, name)(seconds=whole)


def _result(seed: int, run: Run) -> dict[str, object]:
    kinds = {kind: sum(1 for difference in run.differences if difference.kind is kind) for kind in Kind}
    return {
        "seed": seed,
        "rounds": run.rounds,
        "kills": sum(run.kills.values()) - run.kills[PAUSED],
        "by_step": dict(sorted(run.kills.items())),
        "payments": len(run.last.payments),
        "events": len(run.last.events),
        "deliveries": len(run.last.deliveries),
        "delivered_again": delivered_again(run.last),
        "deliveries_by_answer": dict(sorted(run.receiver.manners.items())),
        "webhooks": len(run.last.inbox),
        "waiting_for_a_person": len(waiting_for_a_person(run.last)),
        "answers": sum(run.buyers.statuses.values()),
        **{kind.value: count for kind, count in kinds.items()},
        "differences": [str(difference) for difference in run.differences[:_SHOWN_MAX]],
    }


def _report(run: Run, result: dict[str, object], *, seconds: float) -> None:
    say(f"\n{result['kills']} kills in {seconds:.0f} s:")
    for step, count in sorted(run.kills.items(), key=lambda item: -item[1]):
        say(f"  {count:>6}  {step}")
    never = sorted(set(run.steps) - set(run.kills))
    if never:
        say(f"  never reached: {', '.join(never)}")
    for status, count in sorted(run.buyers.statuses.items(), key=lambda item: -item[1]):
        say(f"  {count:>6}  answers: {status}")
    if run.mishaps:
        say(f"  children that ended by themselves: {dict(run.mishaps)}")
    for manner, count in run.receiver.manners.most_common():
        say(f"  {count:>6}  deliveries: {manner}")
    say(f"{result['payments']} payments, {result['webhooks']} webhooks, {run.rounds} rounds")
    say(f"{result['events']} events, {result['deliveries']} deliveries, {result['delivered_again']} delivered again")
    if result["waiting_for_a_person"]:
        say(f"{result['waiting_for_a_person']} wait for a person: the gateway keeps an error under their key")
    say(f"{result['lost']} lost, {result['duplicated']} duplicated, {result['unexplained']} unexplained")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="decides what is armed, what fails, who buys what")
    parser.add_argument("--kills", type=int, default=1000, help="stop forking after so many (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of storm, in all rounds (default: %(default)s)")
    parser.add_argument(
        "--only", action="append", choices=("forked", "processes", "database", "broker"), help="may be repeated"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
