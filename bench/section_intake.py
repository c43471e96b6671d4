"""Webhook intake at a rate that the gateways set, and not the service: how long until they hear that it is stored."""

from bench import figures, open_loop, requests
from bench.figures import Figure
from bench.open_loop import Volley
from bench.stand import Stand, Web, web

RATE = 1_000
_STEPS = (200, 400, 600, 800, RATE)
_SECONDS = 5.0
_P95_MILLISECONDS = 25.0
# Of what was asked for in a second, answered in a second: less means that a queue grew.
_KEPT_UP = 0.98


def at_a_rate(stand: Stand) -> list[Figure]:
    """Signed events as Stripe sends them, at ever higher rates; nobody settles them meanwhile."""
    with web(stand, stand.service) as ours:
        # The first answers open connections and fill caches.
        _round(stand, ours, per_second=_STEPS[0])
        found = {rate: _round(stand, ours, per_second=rate) for rate in _STEPS}
        rounds = [found[RATE], *(_round(stand, ours, per_second=RATE) for _ in range(stand.rounds - 1))]
    slow = [volley.percentile(0.95) for volley in rounds]
    within = [rate for rate, volley in found.items() if _is_within(volley, rate)]
    told = [
        f"{rate}/s: {volley.percentile(0.5):.1f}/{volley.percentile(0.95):.1f}/{volley.percentile(0.99):.1f} ms"
        for rate, volley in found.items()
    ]
    return [
        figures.at_most(
            f"webhook intake at {RATE:,}/s, p95",
            figures.median(slow),
            bar=_P95_MILLISECONDS,
            unit="ms",
            detail=f"{figures.spread(slow)} in {len(rounds)} rounds of {rounds[0].asked}; "
            f"the generator was late by up to {max(volley.late_milliseconds for volley in rounds):.0f} ms, included",
        ),
        figures.at_least(
            f"webhook intake at {RATE:,}/s, answered",
            figures.median([volley.per_second for volley in rounds]),
            bar=RATE * _KEPT_UP,
            unit="requests/s",
            detail=f"{sum(volley.unanswered for volley in rounds)} without an answer",
        ),
        figures.told(
            "webhook intake, highest rate tried within 25 ms",
            max(within, default=0),
            unit="requests/s",
            detail="p50/p95/p99 at " + ", ".join(told),
        ),
    ]


def _round(stand: Stand, server: Web, *, per_second: int) -> Volley:
    seconds = _SECONDS / 5 if stand.is_quick else _SECONDS
    # Signed beforehand, so that the generator has less to do while it counts.
    shots = open_loop.evenly(
        "news", list(requests.unrelated_news(server.side, int(per_second * seconds))), per_second=per_second
    )
    volley = open_loop.Battery(server.port).fire(shots, patience_seconds=20)["news"]
    volley.require(200)
    return volley


def _is_within(volley: Volley, rate: int) -> bool:
    return volley.percentile(0.95) <= _P95_MILLISECONDS and volley.per_second >= rate * _KEPT_UP
