"""What the books of a dialect come to, per currency: one form for all, so that a checker reads every gateway alike."""

from simulator.wire import Json

_SUMS = ("captured", "refunded", "held", "fee")


def totals(payments: list[Json]) -> Json:
    """`paid` counts what was taken (`charge_count`); a sum that a gateway does not have stays 0."""
    found: dict[str, Json] = {}
    for payment in payments:
        line = found.setdefault(payment["currency"], {"payments": 0, "paid": 0, **dict.fromkeys(_SUMS, 0)})
        line["payments"] += 1
        line["paid"] += payment["charge_count"]
        for name in _SUMS:
            line[name] += payment.get(name, 0)
    return found
