"""Two beats, a beat whose clock went back, a job that fails: still once per period."""

from datetime import timedelta

import pytest
from django.db.models import F

from common import clock
from common.jobs import once_per_period
from common.models import JobRun
from payments.models import PaymentAttempt
from payments.services.check import claim_due
from payments.states import Status
from reconciliation.models import BooksVerification
from reconciliation.tasks import verify_books
from tests.support.api import let_leases_run_out
from tests.support.factories import make_merchant, make_payment
from tests.support.threads import raised, together

DAY = 86_400
ran: list[int] = []


@once_per_period(seconds=DAY)
def count() -> None:
    ran.append(1)


@once_per_period(seconds=DAY)
def fail() -> None:
    ran.append(1)
    raise LookupError


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


@pytest.mark.row("D4")
@pytest.mark.django_db(transaction=True)
def test_two_beats_run_a_job_once_per_period() -> None:
    """D4: however many ask for it at once."""
    results = together([verify_books] * 6)

    assert raised(results) == []
    assert BooksVerification.objects.count() == 1
    (run,) = JobRun.objects.all()
    assert (run.job, run.finished_at is not None) == ("reconciliation.tasks.verify_books", True)


@pytest.mark.row("D4", "G7")
@pytest.mark.django_db
def test_a_clock_that_was_set_back_finds_the_later_period_taken() -> None:
    """D4, G7: an hour back is another period for who reads the clock, and none for us."""
    count()
    JobRun.objects.update(period_from=F("period_from") + timedelta(days=1))

    count()

    assert (len(ran), JobRun.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_the_next_period_has_its_own_run() -> None:
    count()
    JobRun.objects.update(period_from=F("period_from") - timedelta(days=1))

    count()

    assert (len(ran), JobRun.objects.count()) == (2, 2)


@pytest.mark.django_db
def test_a_job_that_failed_leaves_the_rest_to_the_next_period() -> None:
    with pytest.raises(LookupError):
        fail()
    fail()

    assert (len(ran), JobRun.objects.get().finished_at) == (1, None)


@pytest.mark.row("D4", "D3")
@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_claim_different_attempts() -> None:
    """D4, D3: the jobs of seconds need no period; what one has claimed the other does not get."""
    merchant = make_merchant()
    for number in range(12):
        make_payment(merchant, Status.REQUIRES_ACTION, order_id=f"A-{number}")
    let_leases_run_out()

    results = together([lambda: claim_due(now=clock.now(), limit=100)] * 4)

    assert raised(results) == []
    claimed = [claim.attempt_id for claims in results for claim in claims]
    assert sorted(claimed) == sorted(PaymentAttempt.objects.values_list("pk", flat=True))
