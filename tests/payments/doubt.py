"""One payment of one merchant, and how sure we are of it."""

from payments.models import Payment, PaymentAttempt
from payments.states import AttemptState, Status
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant
from tests.support.simulator import Levers


def the_payment() -> Payment:
    return Payment.objects.get()


def the_attempt() -> PaymentAttempt:
    return PaymentAttempt.objects.get()


def assert_unresolved(status: int) -> None:
    assert status == 202
    assert the_payment().status == Status.PROCESSING
    assert the_attempt().state == AttemptState.UNKNOWN
    assert the_attempt().next_check_at is not None
    assert counts() == (0, 0)


def assert_charged_once(levers: Levers, merchant: Merchant) -> None:
    assert [row["charge_count"] for row in levers.payments(merchant)] == [1]
    assert the_payment().status == Status.COMPLETED
    assert_books_balance()
