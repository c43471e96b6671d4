"""Work about payments that waits for a gateway."""

from celery import shared_task

from common import clock
from payments.services import check


@shared_task
def run_claim(*, attempt_id: int, fence: int) -> None:
    check.run_claim(check.Claim(attempt_id, fence), now=clock.now())
