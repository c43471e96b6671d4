"""One key, one effect: what happens to a request that was seen before, or looks as though it was."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from common import clock
from common.remembered import forget_everything
from events.models import OutboxEvent
from gateways.contract import Outcome
from payments.models import Payment, PaymentAttempt
from payments.states import Status
from tenants import idempotency
from tenants.api_keys import revoke
from tenants.models import IdempotencyRecord
from tests.support.api import PAYMENTS, Api, api_of, attempt_of, let_leases_run_out
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_api_key_of, make_merchant, tell
from tests.support.raw import run
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)


def made() -> tuple[int, int, int]:
    """Payments, attempts and idempotency records."""
    return Payment.objects.count(), PaymentAttempt.objects.count(), IdempotencyRecord.objects.count()


def test_the_same_request_again_is_answered_byte_for_byte(api: Api, merchant: Merchant, levers: Levers) -> None:
    first = api.create()
    again = api.create()

    assert (first.status, first.is_replay) == (201, False)
    assert (again.status, again.is_replay, again.body) == (201, True, first.body)
    assert made() == (1, 1, 1)
    assert len(levers.payments(merchant)) == 1


@pytest.mark.row("A2")
def test_another_body_under_the_same_key_is_refused(api: Api, merchant: Merchant, levers: Levers) -> None:
    """A2: 422, the first is untouched and the second is not executed."""
    first = api.create(amount=13_37)

    refused = api.create(amount=13_38)

    assert (refused.status, refused.json["error"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert made() == (1, 1, 1)
    assert [payment["amount"] for payment in levers.payments(merchant)] == [13_37]
    assert api.create(amount=13_37).body == first.body


@pytest.mark.row("A4")
@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "IDEMPOTENCY_KEY_MISSING"),
        ("", "IDEMPOTENCY_KEY_MISSING"),
        ("k" * 256, "IDEMPOTENCY_KEY_INVALID"),
        ("tab\tinside", "IDEMPOTENCY_KEY_INVALID"),
        ("a blank", "IDEMPOTENCY_KEY_INVALID"),
        ("\x7f", "IDEMPOTENCY_KEY_INVALID"),
        ("clé", "IDEMPOTENCY_KEY_INVALID"),
        ('""', "IDEMPOTENCY_KEY_INVALID"),
        ("one,two", "IDEMPOTENCY_KEY_INVALID"),
    ],
)
def test_a_key_that_is_none_is_refused(api: Api, key: str | None, code: str) -> None:
    """A4: 400 that names the rule, and nothing is created."""
    refused = api.post(key=key)

    assert (refused.status, refused.json["error"]) == (400, code)
    assert refused.headers["content-type"] == "application/problem+json"
    assert "1 to 255 visible ASCII characters" in refused.json["message"]
    assert made() == (0, 0, 0)


@pytest.mark.row("A4")
def test_a_quoted_key_is_the_key_inside(api: Api) -> None:
    """A4: the draft standard asks for quotes, most clients send none."""
    first = api.create(key="k" * 255)

    assert api.create(key='"' + "k" * 255 + '"').body == first.body
    assert made() == (1, 1, 1)


@pytest.mark.row("A5")
def test_another_tenant_with_the_same_key_is_independent(api: Api) -> None:
    """A5: the answer of one is never shown to the other."""
    other = api_of(make_merchant())

    mine, theirs = api.create(), other.create()

    assert (mine.status, theirs.status, theirs.is_replay) == (201, 201, False)
    assert mine.data["transactionId"] != theirs.data["transactionId"]


@pytest.mark.row("A5")
def test_another_api_key_with_the_same_key_is_independent(api: Api, merchant: Merchant) -> None:
    """A5: two systems of one tenant do not see each other's answers, even with another body."""
    other = Api(make_api_key_of(merchant))

    mine, theirs = api.create(), other.create(amount=13_38)

    assert (mine.status, theirs.status, theirs.is_replay) == (201, 201, False)
    assert made() == (2, 2, 2)


@pytest.mark.row("A5")
def test_every_address_of_create_is_the_same_route(api: Api) -> None:
    """A5: a caller that moves from an old path to the canonical one keeps its keys; cancel takes none."""
    first = api.post(key="key-1", path="/api/payments/process")

    assert api.post(key="key-1", path=PAYMENTS).body == first.body
    assert IdempotencyRecord.objects.get().route == "POST payments"


@pytest.mark.row("A11")
def test_a_refused_body_does_not_burn_the_key(api: Api) -> None:
    """A11: the corrected body goes through under the same key."""
    refused = api.create(amount=0)

    assert refused.status == 400
    assert made() == (0, 0, 0)
    assert api.create(amount=13_37).status == 201


@pytest.mark.row("A11")
def test_a_refusal_of_the_domain_does_not_burn_the_key(api: Api) -> None:
    """A11: neither does a sale that nobody can price."""
    refused = api.create(currency="XOF")

    assert (refused.status, refused.json["error"]) == (422, "NO_COMMISSION_PLAN")
    assert made() == (0, 0, 0)
    assert api.create(currency="EUR").status == 201


@pytest.mark.row("A12")
def test_after_the_key_is_forgotten_the_order_still_blocks(api: Api, merchant: Merchant, levers: Levers) -> None:
    """A12: keys are kept for thirty days, the claim on an order as long as its payment stands."""
    first = api.create(orderId="A-1042")

    assert idempotency.prune(now=clock.now() + timedelta(days=30, seconds=1)) == 1
    refused = api.create(orderId="A-1042")

    assert (refused.status, refused.json["error"]) == (409, "ORDER_HAS_PAYMENT")
    assert refused.json["details"][0]["transactionId"] == first.data["transactionId"]
    assert len(levers.payments(merchant)) == 1


@pytest.mark.row("A12", "A20")
def test_pruning_keeps_what_may_still_be_repeated(api: Api) -> None:
    """A20: old records go a batch at a time, those within their retention stay."""
    for number in range(5):
        api.create(key=f"key-{number}")
    IdempotencyRecord.objects.filter(key__in=["key-0", "key-1", "key-2"]).update(
        created_at=clock.now() - timedelta(days=31)
    )

    assert idempotency.prune(now=clock.now(), batch=2) == 3
    assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"key-3", "key-4"}


@pytest.mark.row("A13")
def test_a_replay_after_the_payment_moved_on_is_the_first_answer(api: Api) -> None:
    """A13: the body of a replay is the original; where it stands now is what GET says."""
    first = api.create()
    tell(attempt_of(first), Outcome.SUCCEEDED)
    before = (counts(), OutboxEvent.objects.count())

    again = api.create()

    assert (again.body, again.is_replay) == (first.body, True)
    assert again.data["status"] == Status.REQUIRES_ACTION
    assert api.payment(first.data["transactionId"]).data["status"] == Status.COMPLETED
    assert (counts(), OutboxEvent.objects.count()) == before
    assert_books_balance()


@pytest.mark.row("A14")
@pytest.mark.parametrize(
    "again",
    [
        (
            b'{"purpose":"ticket_sale","payee":{"name":"Odd Nights","ownerType":"organizer","ownerId":"org-odd"},'
            b'"currency":"EUR","amount":1337}'
        ),
        (
            b' { "amount" : 1337 , "currency":"EUR",\n"purpose":"ticket_sale",\n'
            b'"payee": {"ownerId":"org-odd","ownerType":"organizer","name":"\\u004fdd Nights"} } '
        ),
    ],
)
def test_order_and_white_space_of_a_body_do_not_matter(api: Api, again: bytes) -> None:
    """A14: the fingerprint is taken of what was said, not of how it was written."""
    first = api.create()

    assert api.post(again).body == first.body


@pytest.mark.row("A14")
def test_saying_a_default_is_another_request(api: Api) -> None:
    """A14: what is left out is not the same as what is said, even where the effect would be."""
    api.create()

    assert api.create(paymentMethod="card").json["error"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.row("A15")
def test_a_request_that_broke_half_way_is_finished_by_its_repetition(merchant: Merchant, levers: Levers) -> None:
    """A15: the charge was made, noting it failed with 500; the next try goes on from there."""
    api = Api(merchant.key, raises=False)
    run(
        "CREATE FUNCTION fail_for_a_test() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'disk full'; END $$"
    )
    run(
        "CREATE TRIGGER fail_for_a_test BEFORE UPDATE ON payments_paymentattempt"
        " FOR EACH ROW EXECUTE FUNCTION fail_for_a_test()"
    )
    try:
        broken = api.create(paymentToken="pm_card_visa")
    finally:
        run("DROP FUNCTION fail_for_a_test CASCADE")
    too_early = api.create(paymentToken="pm_card_visa")
    let_leases_run_out()

    finished = api.create(paymentToken="pm_card_visa")

    assert (broken.status, broken.json["error"]) == (500, "INTERNAL_ERROR")
    assert (too_early.status, too_early.json["error"]) == (409, "IDEMPOTENCY_REQUEST_IN_PROGRESS")
    assert (finished.status, finished.data["status"]) == (201, Status.COMPLETED)
    assert levers.executed(attempt_of(finished).reference)["create"] == 1
    assert [payment["charge_count"] for payment in levers.payments(merchant)] == [1]
    assert made() == (1, 1, 1)
    assert_books_balance()


@pytest.mark.row("A16")
def test_a_second_key_for_the_same_order_is_told_of_the_first_payment(
    api: Api, merchant: Merchant, levers: Levers
) -> None:
    """A16: a double click with two keys is one payment."""
    first = api.create(key="click-1", orderId="A-1042")

    second = api.create(key="click-2", orderId="A-1042")

    assert (second.status, second.json["error"]) == (409, "ORDER_HAS_PAYMENT")
    assert second.json["details"][0]["transactionId"] == first.data["transactionId"]
    assert made() == (1, 1, 1)
    assert len(levers.payments(merchant)) == 1


@pytest.mark.row("A16")
def test_an_order_is_free_again_once_its_payment_failed(api: Api) -> None:
    """A16: a declined card does not lock the payer out of the order."""
    declined = api.create(key="click-1", orderId="A-1042", paymentToken="pm_card_visa_chargeDeclined")

    second = api.create(key="click-2", orderId="A-1042", paymentToken="pm_card_visa")

    assert (declined.status, second.status) == (402, 201)
    assert second.data["status"] == Status.COMPLETED
    assert_books_balance()


@pytest.mark.row("A16")
def test_one_order_may_be_paid_for_two_purposes(api: Api) -> None:
    """A16: the claim is on order and purpose together."""
    ticket = api.create(key="a", orderId="A-1042")
    other = api.create(key="b", orderId="A-1042", purpose="other", payee=None)

    assert (ticket.status, other.status) == (201, 201)
    assert Payment.objects.count() == 2


@pytest.mark.row("A19")
def test_a_replay_with_a_revoked_key_is_refused(api: Api, merchant: Merchant) -> None:
    """A19: whoever may no longer ask is not shown what was answered."""
    first = api.create()
    revoke(merchant.api_key, revoked_at=clock.now())

    refused = api.create()

    assert (refused.status, refused.json["error"]) == (401, "UNAUTHENTICATED")
    assert first.data["transactionId"].encode() not in refused.body


@pytest.mark.row("A19")
def test_a_replay_with_an_expired_key_is_refused(api: Api, merchant: Merchant) -> None:
    """A19: the same for a key whose time is over."""
    api.create()
    merchant.api_key.expires_at = clock.now()
    merchant.api_key.save()

    assert api.create().status == 401


def test_a_gateway_that_cannot_be_reached_leaves_the_key_free(api: Api, settings: Settings, levers: Levers) -> None:
    settings.SIMULATOR_URL = "http://127.0.0.1:1"

    refused = api.create(orderId="A-1042")
    settings.SIMULATOR_URL = levers.url
    forget_everything()
    again = api.create(orderId="A-1042")

    assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (503, "GATEWAY_UNAVAILABLE", "5")
    assert refused.data["status"] == Status.FAILED
    assert (again.status, again.is_replay) == (201, False)
    assert sorted(Payment.objects.values_list("status", flat=True)) == [Status.FAILED, Status.REQUIRES_ACTION]
