"""A task that failed is seen, counted and forgotten in the end; nothing that a payer typed is in it."""

from datetime import timedelta

import pytest
from django.db import connection

from common import failures
from common.models import TaskFailure
from payments.tasks import run_claim
from tests.support.factories import NOON

CANARY = "canary-7c1e@example.com"


def fail(*, task: str = "payments.tasks.run_claim", attempt_id: int = 7, days: int = 0) -> None:
    try:
        raise LookupError(CANARY)
    except LookupError as error:
        arguments = {"attempt_id": attempt_id, "fence": 3, "note": CANARY}
        failures.record(task=task, arguments=arguments, error=error, now=NOON + timedelta(days=days))


@pytest.mark.row("H4")
@pytest.mark.django_db(transaction=True)
def test_a_task_that_raises_is_shown_to_people() -> None:
    """H4: what failed, about which row, where in the code; the work itself is a row that is due again."""
    run_claim.apply(kwargs={"attempt_id": 999_999, "fence": 1})

    failure = TaskFailure.objects.get()
    assert (failure.task, failure.about, failure.times) == ("payments.tasks.run_claim", "attempt_id=999999", 1)
    assert failure.error.startswith("DoesNotExist at payments/services/check.py:")


@pytest.mark.django_db
def test_the_same_failure_is_counted_and_another_is_not() -> None:
    fail()
    fail(days=1)
    fail(attempt_id=8)

    seen = TaskFailure.objects.order_by("id").values_list("about", "times", "first_failed_at", "last_failed_at")

    assert list(seen) == [
        ("attempt_id=7", 2, NOON, NOON + timedelta(days=1)),
        ("attempt_id=8", 1, NOON, NOON),
    ]


@pytest.mark.row("I16")
@pytest.mark.django_db
def test_no_text_of_an_error_and_no_argument_but_ids_is_kept() -> None:
    """I16: a message can repeat what somebody typed."""
    fail()

    failure = TaskFailure.objects.get()
    assert CANARY not in f"{failure.about} {failure.error} {failure}"
    assert failure.error.startswith("LookupError at tests/common/test_failures.py:")


@pytest.mark.django_db
def test_old_failures_are_forgotten() -> None:
    fail(attempt_id=1)
    fail(attempt_id=2, days=20)

    failures.prune(now=NOON + timedelta(days=31))

    assert TaskFailure.objects.get().about == "attempt_id=2"


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_no_second_failure(caplog: pytest.LogCaptureFixture) -> None:
    connection.close()
    before = connection.settings_dict
    connection.settings_dict = before | {"HOST": "127.0.0.1", "PORT": 1}
    try:
        fail()
    finally:
        connection.settings_dict = before
        connection.close()

    assert "a failed task could not be recorded" in caplog.text
    assert not TaskFailure.objects.exists()
