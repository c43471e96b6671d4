"""What goes wrong at the gateways in a round, by the seed: calls that end badly, webhooks that come otherwise."""

import random
from collections.abc import Sequence

from bench.chaos.shops import Shop
from bench.chaos.simulator import Control

# Hangs end soon after the service's own deadline, drips are slower than it.
_CALLS: dict[str, dict[str, int]] = {
    "refuse": {},
    "execute_then_hang": {"delay_ms": 1500},
    "hang_without_executing": {"delay_ms": 1500},
    "execute_then_reset": {},
    "reset_without_executing": {},
    "drip": {"delay_ms": 40},
    "drip_headers": {"delay_ms": 40},
    "oversize": {},
    "html": {},
    "empty": {},
    "truncated_json": {},
    "status_500_executed": {},
    "status_500_not_executed": {},
    "status_503": {},
    "rate_limit_429": {},
    "redirect_302": {},
    "slow": {"delay_ms": 400},
    "before_answer": {"delay_ms": 100},
    "wrong_amount": {},
    "wrong_currency": {},
    "wrong_reference": {},
    "live_mode_answer": {},
    "unknown_status": {},
}
_RARE = frozenset({"oversize", "drip", "drip_headers", "execute_then_hang", "hang_without_executing"})
# A dropped webhook is never sent again, one that is forged or stale is: by the honest gateway.
_WEBHOOKS: dict[str, dict[str, int]] = {
    "drop": {},
    "duplicate": {"count": 3},
    "delay": {"delay_ms": 900},
    "reorder": {"count": 4, "delay_ms": 800},
    "forge": {},
    "stale": {},
}
# What does not take effect without being asked twice: only a change of something can be answered before its webhooks.
_CHANGES = frozenset({"before_answer"})


def choose(chance: random.Random, *, calls: int) -> Sequence[dict[str, object]]:
    """A script for a round: some kinds of failing calls, and every way in which webhooks come."""
    script: list[dict[str, object]] = []
    for kind in chance.sample(sorted(_CALLS), calls):
        percent = 1 if kind in _RARE else chance.choice((2, 3, 5))
        operation = "change" if kind in _CHANGES else "any"
        script.append({"fault": kind, "operation": operation, "chance_percent": percent, **_CALLS[kind]})
    for kind, numbers in _WEBHOOKS.items():
        script.append({"fault": kind, "operation": "webhook", "chance_percent": chance.choice((4, 8, 12)), **numbers})
    return script


def turned_away(shops: Sequence[Shop]) -> list[dict[str, object]]:
    """The first gateway of a shop that falls back is too busy for most of its charges: they were not sent."""
    return [
        {
            "gateway": shop.accounts[0].gateway,
            "operation": "create",
            "fault": "rate_limit_429",
            "chance_percent": 85,
            "match": {"account": shop.accounts[0].key},
        }
        for shop in shops
        if shop.falls_back
    ]


def bring(control: Control, script: Sequence[dict[str, object]]) -> None:
    """The first fault that strikes is the one: what stands first goes first."""
    for fault in script:
        control.call("POST", "/faults", **{"gateway": "any", "times": None} | fault)


def clear(control: Control) -> None:
    control.call("DELETE", "/faults")
