"""Nothing stays open unasked: every open attempt has a time at which the gateway is asked, and this keeps it."""

from datetime import datetime

from common import steps
from common.queue import enqueue
from payments.services.check import Claim, claim_due

LIMIT = 100
_CHECK_TASK = "payments.tasks.run_claim"


def sweep(*, now: datetime) -> list[Claim]:
    """Claim what is due and hand each to a worker; a claim lost with the broker is due again after its lease."""
    claims = claim_due(now=now, limit=LIMIT)
    if claims:
        steps.at("sweep.claimed")
    for claim in claims:
        enqueue(_CHECK_TASK, attempt_id=claim.attempt_id, fence=claim.fence)
        steps.at("sweep.queued")
    return claims
