"""The same request many times at once, over two real web processes: one payment, one call, one answer."""

import socket
from collections import Counter
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import pytest

from events.models import OutboxEvent
from payments.models import Payment, PaymentAttempt
from payments.states import Status
from tenants.models import IdempotencyRecord
from tests.support.api import attempt_of
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_merchant
from tests.support.simulator import Levers
from tests.support.threads import raised, together
from tests.support.web import Answer, Web
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 64


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


def creating(web: Web, merchant: Merchant, **fields: object) -> Callable[[], Answer]:
    return lambda: web.create(merchant, **{"key": "one-key", "paymentToken": "pm_card_visa"} | fields)


@pytest.mark.row("A1")
def test_sixty_four_posts_with_one_key_are_one_payment(
    webs: tuple[Web, Web], levers: Levers, merchant: Merchant
) -> None:
    """A1: one resource, one gateway call, one event; the others get the same answer or 409; nobody a 5xx."""
    levers.fault("slow", delay_ms=300, match={"account": merchant.secret_key})

    answers = together([creating(webs[number % 2], merchant, orderId="A-1042") for number in range(MANY)])

    assert raised(answers) == []
    statuses = Counter(answer.status for answer in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    assert {answer.json["error"] for answer in answers if answer.status == 409} <= {"IDEMPOTENCY_REQUEST_IN_PROGRESS"}
    assert len({answer.body for answer in answers if answer.status == 201}) == 1
    (payment,) = Payment.objects.all()
    assert payment.status == Status.COMPLETED
    assert IdempotencyRecord.objects.count() == 1
    assert OutboxEvent.objects.filter(type="payment.completed").count() == 1
    assert levers.received(payment.attempts.get().reference) == {"create": 1}
    assert [row["charge_count"] for row in levers.payments(merchant)] == [1]
    assert_books_balance()


@pytest.mark.row("A3")
def test_of_two_bodies_under_one_key_one_wins(webs: tuple[Web, Web], levers: Levers, merchant: Merchant) -> None:
    """A3: half the callers say A, half say B; the losers of the other body get 422 or, while it runs, 409."""
    levers.fault("slow", delay_ms=300, match={"account": merchant.secret_key})
    amounts = [13_37 if number % 4 < 2 else 24_43 for number in range(32)]

    answers = together([creating(webs[number % 2], merchant, amount=amount) for number, amount in enumerate(amounts)])

    assert raised(answers) == []
    (payment,) = Payment.objects.all()
    for answer, amount in zip(answers, amounts, strict=True):
        allowed = {201, 409} if amount == payment.amount_minor else {422, 409}
        assert answer.status in allowed
    assert [row["amount"] for row in levers.payments(merchant)] == [payment.amount_minor]
    assert_books_balance()


@pytest.mark.row("A16")
def test_two_keys_for_one_order_at_once_are_one_payment(
    webs: tuple[Web, Web], levers: Levers, merchant: Merchant
) -> None:
    """A16: a double click that reaches two processes."""
    answers = together(
        [creating(webs[number % 2], merchant, key=f"click-{number}", orderId="A-1042") for number in range(16)]
    )

    assert Counter(answer.status for answer in answers) == {201: 1, 409: 15}
    assert {answer.json["error"] for answer in answers if answer.status == 409} == {"ORDER_HAS_PAYMENT"}
    assert Payment.objects.count() == PaymentAttempt.objects.count() == 1
    assert len(levers.payments(merchant)) == 1
    assert_books_balance()


@pytest.mark.row("A17")
def test_cancelling_by_many_at_once_cancels_once(webs: tuple[Web, Web], levers: Levers, merchant: Merchant) -> None:
    """A17: whoever comes second finds it cancelled; the history has one change."""
    made = creating(webs[0], merchant, paymentToken="")()
    path = f"/api/v1/payments/{made.data['transactionId']}/cancel"
    headers = {"Authorization": f"Bearer {merchant.key}"}

    answers = together([partial(webs[n % 2].request, "POST", path, body={}, headers=headers) for n in range(12)])

    assert {answer.status for answer in answers} <= {200, 202}
    payment = Payment.objects.get()
    assert payment.status == Status.CANCELLED
    assert payment.history.filter(status_after=Status.CANCELLED, changed=True).count() == 1
    assert OutboxEvent.objects.filter(type="payment.cancelled").count() == 1


@pytest.mark.row("A17")
def test_cancelling_against_paying_has_one_winner(webs: tuple[Web, Web], levers: Levers, merchant: Merchant) -> None:
    """A17: paid or cancelled, the same at the gateway and here; the loser gets 409 with where it stands."""
    made = creating(webs[0], merchant, paymentToken="")()
    intent = attempt_of(made).gateway_payment_id
    path = f"/api/v1/payments/{made.data['transactionId']}/cancel"
    headers = {"Authorization": f"Bearer {merchant.key}"}

    answer, _ = together(
        [lambda: webs[1].request("POST", path, body={}, headers=headers), lambda: _pay(levers, intent)]
    )

    assert isinstance(answer, Answer)
    (theirs,) = levers.payments(merchant)
    ours = Status(Payment.objects.get().status)
    assert (theirs["status"], ours, answer.status) in (
        ("canceled", Status.CANCELLED, 200),
        ("succeeded", Status.COMPLETED, 409),
    )
    assert_books_balance()


def _pay(levers: Levers, intent: str) -> None:
    """The payer may come too late; that is the point."""
    try:
        levers.pay(intent)
    except OSError:
        return


@pytest.mark.row("A4")
def test_two_key_headers_are_refused(webs: tuple[Web, Web], merchant: Merchant) -> None:
    """A4: which of the two would count?"""
    address = urlsplit(webs[0].url)
    request = (
        "POST /api/v1/payments HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {merchant.key}\r\nIdempotency-Key: one\r\nIdempotency-Key: two\r\n"
        "Content-Length: 2\r\nConnection: close\r\n\r\n{}"
    )
    with socket.create_connection((address.hostname, address.port), timeout=10) as link:
        link.sendall(request.encode())
        answer = b"".join(iter(lambda: link.recv(65536), b""))

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"IDEMPOTENCY_KEY_INVALID" in answer
    assert Payment.objects.count() == 0


def test_the_first_sales_of_a_payee_at_once_share_one_wallet(webs: tuple[Web, Web], merchant: Merchant) -> None:
    answers = together([creating(webs[number % 2], merchant, key=f"first-{number}") for number in range(4)])

    assert raised(answers) == []
    assert {answer.status for answer in answers} == {201}
    assert Payment.objects.values("wallet").distinct().count() == Wallet.objects.count() == 1
    assert_books_balance()
