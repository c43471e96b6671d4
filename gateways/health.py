"""Whether the gateways answer, for monitors: by circuit, without anything of a tenant."""

from django.http import HttpRequest, HttpResponse

from common.api.envelope import success
from gateways.models import Breaker, BreakerState
from gateways.registry import ADAPTERS


def gateways(_request: HttpRequest) -> HttpResponse:
    """200 always: a gateway that is down is no reason to restart this service. `status` is degraded while one is."""
    rows = {row.circuit: row for row in Breaker.objects.order_by("circuit")}
    down = sorted(name for name, row in rows.items() if row.state != BreakerState.CLOSED)
    circuits = {
        f"{code}:{mode}": rows[name].state if (name := f"{code}:{mode}") in rows else BreakerState.CLOSED.value
        for code in sorted(ADAPTERS)
        for mode in ("live", "sandbox")
    }
    data = {"status": "degraded" if down else "ok", "down": down, "circuits": circuits}
    return success(data, message="Gateways.")
