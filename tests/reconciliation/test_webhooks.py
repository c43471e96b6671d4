"""Webhooks from the door to the books: genuine ones are stored, answered and applied once; the rest changes nothing."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from common import clock
from common.remembered import forget_everything
from gateways.contract import Outcome
from gateways.credentials import seal
from gateways.inbox import PARKED_FOR, TRIES_MAX
from gateways.models import InboundEvent, InboundState
from gateways.registry import sealing_context
from gateways.replay import replay
from payments import postings
from payments.models import Payment, PaymentAttempt
from payments.models.payment import Flag
from payments.states import Status
from tests.support import webhooks
from tests.support.api import settle
from tests.support.books import assert_books_balance, counts
from tests.support.factories import GROSS, NOON, Merchant, make_merchant, make_payment, tell
from tests.support.web import Answer
from tests.support.webhooks import as_event, post, refused_as_forged, signature_of, webhook_of
from wallets import ledger

pytestmark = pytest.mark.django_db


def the_payment() -> Payment:
    return Payment.objects.get()


def the_event() -> InboundEvent:
    return InboundEvent.objects.get()


def assert_settled_once() -> None:
    assert the_payment().status == Status.COMPLETED
    assert counts() == (1, 3)
    assert_books_balance()


def assert_refused(status: int, code: str, answer: Answer) -> None:
    assert (answer.status, answer.json["error"]) == (status, code)
    assert InboundEvent.objects.count() == 0
    assert counts() == (0, 0)


def seal_again(merchant: Merchant, **values: str) -> None:
    account = merchant.account
    account.credentials = seal({"secret_key": merchant.secret_key} | values, context=sealing_context(account))
    account.save()
    forget_everything()


def test_a_webhook_becomes_money_in_a_wallet(merchant: Merchant) -> None:
    attempt = make_payment(merchant, Status.REQUIRES_ACTION)

    answer = post(merchant, webhook_of(attempt))
    settle()

    assert (answer.status, answer.json["message"]) == (200, "Stored.")
    assert (the_event().state, the_event().payment_id) == (InboundState.APPLIED, attempt.payment_id)
    assert_settled_once()


@pytest.mark.row("C1")
def test_the_same_webhook_again_is_taken_and_changes_nothing(merchant: Merchant) -> None:
    """C1: in turn here, at once in tests/races."""
    body = webhook_of(make_payment(merchant))

    answers = [post(merchant, body) for _ in range(5)]
    settle()
    late = post(merchant, body)
    settle()

    assert [answer.status for answer in [*answers, late]] == [200] * 6
    assert late.json["message"] == "Known already."
    assert InboundEvent.objects.count() == 1
    assert_settled_once()


@pytest.mark.row("C2")
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_the_same_fact_under_other_event_ids_is_booked_once(merchant: Merchant, is_one_batch: bool) -> None:
    """C2: Stripe tells it three times, and we have asked as well."""
    attempt = make_payment(merchant)
    for _ in range(3):
        post(merchant, webhook_of(attempt))
        if not is_one_batch:
            settle()
    settle()
    tell(attempt, Outcome.SUCCEEDED)

    assert InboundEvent.objects.filter(state=InboundState.APPLIED, payment_id=attempt.payment_id).count() == 3
    assert the_payment().history.filter(changed=True, status_after=Status.COMPLETED).count() == 1
    assert_settled_once()


@pytest.mark.row("C4")
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "nonsense",
        "t=1795000000,v1=" + "0" * 64,
        "t=1795000000",
    ],
)
def test_a_webhook_without_a_signature_of_ours_is_refused(merchant: Merchant, signature: str) -> None:
    """C4: nothing of it is kept, and it is counted."""
    body = webhook_of(make_payment(merchant))
    before = refused_as_forged()

    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(merchant, body, signature=signature))
    assert refused_as_forged() == before + 1


@pytest.mark.row("C4")
def test_a_signature_with_an_old_scheme_is_none(merchant: Merchant) -> None:
    """C4: v0 is Stripe's scheme for tests."""
    body = webhook_of(make_payment(merchant))
    signature = signature_of(body, secret=merchant.webhook_secret, scheme="v0")

    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(merchant, body, signature=signature))


@pytest.mark.row("C4", "C13")
def test_a_webhook_of_one_account_is_refused_at_the_address_of_another(merchant: Merchant) -> None:
    """C4, C13: genuine, but not here."""
    body = webhook_of(make_payment(merchant))
    signature = signature_of(body, secret=merchant.webhook_secret)
    other = make_merchant()

    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(other, body, signature=signature))


@pytest.mark.row("C4")
def test_an_account_without_a_secret_hears_nothing(merchant: Merchant) -> None:
    """C4: an empty secret would be everybody's; the endpoint is closed."""
    body = webhook_of(make_payment(merchant))
    seal_again(merchant, webhook_secret="")

    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(merchant, body, signature=signature_of(body, secret="")))


@pytest.mark.row("C5")
def test_a_body_written_again_is_not_what_was_signed(merchant: Merchant) -> None:
    """C5: the same JSON, other bytes."""
    body = webhook_of(make_payment(merchant))
    signature = signature_of(body, secret=merchant.webhook_secret)
    written_again = json.dumps(json.loads(body), separators=(",", ":")).encode()

    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(merchant, written_again, signature=signature))


@pytest.mark.row("C6", "C7")
@pytest.mark.parametrize(("age_seconds", "is_taken"), [(200, True), (-200, True), (400, False), (-400, False)])
def test_a_signature_holds_for_five_minutes(merchant: Merchant, age_seconds: int, is_taken: bool) -> None:
    """C6, C7: clocks differ; one replayed later or from the future is refused, counted, and made up for by asking."""
    body, before = webhook_of(make_payment(merchant)), refused_as_forged()
    signature = signature_of(body, secret=merchant.webhook_secret, age_seconds=age_seconds)

    assert post(merchant, body, signature=signature).status == (200 if is_taken else 400)
    assert (InboundEvent.objects.count(), refused_as_forged() - before) == (int(is_taken), int(not is_taken))
    assert PaymentAttempt.objects.get().next_check_at is not None


@pytest.mark.row("C8")
def test_both_secrets_hold_while_one_replaces_the_other(merchant: Merchant) -> None:
    """C8: and the old one only as long as it is kept."""
    attempt = make_payment(merchant)
    seal_again(merchant, webhook_secret="whsec_new", webhook_secret_previous=merchant.webhook_secret)
    old, new = webhook_of(attempt), webhook_of(attempt)

    assert post(merchant, old).status == 200
    assert post(merchant, new, signature=signature_of(new, secret="whsec_new")).status == 200
    seal_again(merchant, webhook_secret="whsec_new")
    assert post(merchant, webhook_of(attempt)).status == 400


@pytest.mark.row("C9", "C10")
def test_a_webhook_that_comes_before_the_payment_is_known_waits_for_it(merchant: Merchant) -> None:
    """C9, C10: stored and answered; applied as soon as our own commit has brought the gateway's id."""
    attempt = make_payment(merchant, Status.PROCESSING)
    body = webhook_of(attempt)
    known = attempt.gateway_payment_id
    type(attempt).objects.update(gateway_payment_id="", state="sending")

    assert post(merchant, body).status == 200
    settle()
    assert the_event().state == InboundState.PARKED
    type(attempt).objects.update(gateway_payment_id=known)
    settle(after=timedelta(seconds=1))

    assert the_event().state == InboundState.APPLIED
    assert_settled_once()


@pytest.mark.row("C9")
def test_a_webhook_about_nobody_is_given_up_after_three_days(merchant: Merchant) -> None:
    """C9: asked ever more rarely until then, and shown to a person after."""
    attempt = make_payment(merchant)
    post(merchant, webhook_of(attempt, id="pi_of_somebody_else", metadata={}))
    waits = []
    for _ in range(4):
        now = the_event().next_try_at
        settle(after=now - clock.now() + timedelta(milliseconds=1))
        waits.append(the_event().next_try_at - now)

    assert the_event().state == InboundState.PARKED
    assert waits == sorted(waits) and waits[3] > 4 * waits[0]
    settle(after=PARKED_FOR + timedelta(seconds=1))
    assert (the_event().state, "72 hours" in the_event().reason) == (InboundState.DEAD, True)
    assert the_payment().status == Status.PROCESSING


@pytest.mark.row("C12")
@pytest.mark.parametrize(
    "changes",
    [
        {"amount_received": GROSS - 1},
        {"amount_received": GROSS + 1},
        {"amount": GROSS * 100, "amount_received": GROSS * 100},
        {"currency": "usd"},
        {"currency": "xof"},
        {"metadata": {"reference": "att_" + "0" * 32}},
        {"metadata": {"reference": "somebody else's"}},
    ],
)
def test_a_success_of_something_else_is_not_booked(merchant: Merchant, changes: dict) -> None:
    """C12, B14: smaller, larger, a hundred times as much, of another currency or reference: for a person."""
    attempt = make_payment(merchant)

    post(merchant, webhook_of(attempt, **changes))
    settle()

    assert (the_payment().status, the_payment().flag) == (Status.PROCESSING, Flag.MISMATCH)
    assert (the_event().state, the_event().reason) == (InboundState.APPLIED, "kept for a person")
    assert counts() == (0, 0)


@pytest.mark.row("C13")
def test_a_live_event_is_refused_by_an_account_for_tests(merchant: Merchant) -> None:
    """C13: rightly signed, of the other mode."""
    body = webhook_of(make_payment(merchant), livemode=True)

    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(merchant, body))


@pytest.mark.row("C13")
def test_an_account_is_known_by_its_address_alone(merchant: Merchant) -> None:
    """C13: an event names its object, and objects belong to the account whose secret signed it."""
    other = make_merchant()
    theirs = make_payment(other)

    post(merchant, webhook_of(theirs))
    settle()

    assert the_event().state == InboundState.PARKED
    assert theirs.payment.status == Status.PROCESSING
    assert counts() == (0, 0)


@pytest.mark.row("C14")
@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"\xff\xfe{}", b"[" * 100_000, b'{"id":' * 20_000, b"type=payment_intent.succeeded"],
    ids=["cut", "list", "null", "not UTF-8", "deep list", "deep object", "form"],
)
def test_what_is_not_an_event_is_refused_though_signed(merchant: Merchant, body: bytes) -> None:
    """C14: and what comes after it is taken."""
    assert_refused(400, "WEBHOOK_NOT_GENUINE", post(merchant, body))
    assert post(merchant, webhook_of(make_payment(merchant))).status == 200


@pytest.mark.row("C14")
def test_a_body_of_megabytes_is_refused_unread(merchant: Merchant) -> None:
    """C14: by its length alone."""
    assert_refused(413, "BODY_TOO_LARGE", post(merchant, b"{" + b" " * 5_000_000 + b"}", signature="t=1,v1=1"))


@pytest.mark.row("C15")
def test_a_body_without_a_length_is_not_taken_for_an_empty_one(merchant: Merchant) -> None:
    """C15: chunked bodies would look empty here."""
    answer = Client().generic("POST", merchant.webhook_path, b"", CONTENT_LENGTH="")

    assert answer.status_code == 411


@pytest.mark.row("C18")
def test_a_poisonous_event_is_set_aside_and_the_others_flow(merchant: Merchant) -> None:
    """C18: it fails alone, some tries, and waits for a person; a person can have it applied again."""
    poison = make_payment(merchant)
    posted = [post(merchant, webhook_of(make_payment(merchant))).status for _ in range(3)]
    post(merchant, webhook_of(poison))
    posted += [post(merchant, webhook_of(make_payment(merchant))).status for _ in range(3)]
    # The books of this payment are in the way: its effect is there before it is paid.
    _book_in_advance(poison)

    for number in range(TRIES_MAX + 1):
        settle(after=timedelta(minutes=number))

    assert posted == [200] * 6
    assert Payment.objects.filter(status=Status.COMPLETED).count() == 6
    event = InboundEvent.objects.exclude(state=InboundState.APPLIED).get()
    assert (event.state, event.tries) == (InboundState.DEAD, TRIES_MAX)
    assert replay(InboundEvent.objects.all(), limit=100, now=clock.now()) == 7
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {InboundState.RECEIVED}


@pytest.mark.row("C18")
@pytest.mark.parametrize(
    "wrong", [{"credentials": b"damaged"}, {"gateway": "gone"}], ids=["sealed wrongly", "no adapter"]
)
def test_an_account_that_cannot_be_opened_holds_up_nobody_elses_webhooks(merchant: Merchant, wrong: dict) -> None:
    """C18: its own are parked, with the reason, until it is mended."""
    other = make_merchant()
    for number in range(4):
        who = other if number % 2 else merchant
        assert post(who, webhook_of(make_payment(who))).status == 200
    type(other.account).objects.filter(pk=other.account.pk).update(**wrong)
    forget_everything()

    settle()

    assert Payment.objects.filter(status=Status.COMPLETED, tenant=merchant.tenant).count() == 2
    stuck = InboundEvent.objects.filter(gateway_account=other.account)
    assert set(stuck.values_list("state", "tries")) == {(InboundState.PARKED, 1)}
    assert all(event.reason.startswith("failed: ") for event in stuck)
    assert_books_balance()


def _book_in_advance(attempt: PaymentAttempt) -> None:
    payment = attempt.payment
    wanted = postings.payment_completed(
        gross=payment.amount,
        commission=payment.commission,
        wallet_id=payment.wallet_id,
        gateway_account_id=attempt.gateway_account_id,
    )
    booking = ledger.Booking(payment.tenant_id, "payment", payment.pk, postings.COMPLETED, wanted, NOON)
    ledger.post(booking, recorded_at=NOON)


@pytest.mark.row("C19")
@pytest.mark.parametrize("event_type", ["charge.succeeded", "customer.created", "v2.of.the.future", "x" * 300])
def test_an_event_of_another_type_is_kept_and_ignored(merchant: Merchant, event_type: str) -> None:
    """C19: stored as evidence, without effect."""
    body = as_event({"object": "charge", "id": "ch_1"}, event_type=event_type)

    assert post(merchant, body).status == 200
    settle()

    assert the_event().state == InboundState.IGNORED
    assert counts() == (0, 0)


@pytest.mark.row("C19")
def test_a_new_status_or_field_breaks_nothing(merchant: Merchant) -> None:
    """C19: an unlisted status is no news; an unlisted field is not looked at."""
    attempt = make_payment(merchant)
    unlisted = webhooks.stripe_intent(
        id=attempt.gateway_payment_id, status="half_paid", amount=GROSS, metadata={"reference": attempt.reference}
    )
    post(merchant, as_event(unlisted, event_type="payment_intent.half_paid"))
    post(merchant, webhook_of(attempt, a_field_of_the_future={"deep": [1, 2, 3]}))
    settle()

    assert_settled_once()


@pytest.mark.row("C24")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_ping_is_answered(merchant: Merchant, method: str) -> None:
    """C24: some gateways look whether somebody is at home."""
    assert Client().generic(method, merchant.webhook_path).status_code == 200
    assert InboundEvent.objects.count() == 0


def test_an_address_of_nobody_is_not_found(merchant: Merchant) -> None:
    answer = post(merchant, b"{}", path="/webhooks/stripe/gwa_" + "0" * 32)

    assert (answer.status, answer.json["error"]) == (404, "WEBHOOK_ADDRESS_UNKNOWN")


def test_an_address_without_an_account_finds_the_account_by_its_signature(merchant: Merchant) -> None:
    make_merchant()
    attempt = make_payment(merchant)

    answer = post(merchant, webhook_of(attempt), path="/api/v1/webhooks/stripe")
    settle()

    assert answer.status == 200
    assert the_event().gateway_account_id == merchant.account.pk
    assert_settled_once()
