"""Payments over the API: what is created is what is read, and nobody reads or changes what is another's."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings

from common import clock
from payments.models import Payment
from payments.states import Status
from tests.support.api import PAYMENTS, Api
from tests.support.books import assert_books_balance
from tests.support.factories import Merchant, make_api_key_of, make_merchant, make_payment
from tests.support.scripted import install
from tests.support.simulator import Levers
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

FULL: dict[str, Any] = {
    "description": "Deux places, « Nuit étoilée » 🎟",
    "orderId": "A-1042",
    "eventId": "nuit-12",
    "externalReference": "ERN-2026-0001",
    "userId": "user-7",
    "customerEmail": "odd@payer.example",
    "customerPhone": "+2250701020304",
    "customerName": "Aïcha O'Neil",
    "country": "FR",
    "returnUrl": "https://shop.example/back",
    "preferredGateways": ["stripe"],
    "lineItems": [
        {"description": "Place", "unitPrice": 6_69, "quantity": 2},
        {"description": "Remise", "unitPrice": -1},
    ],
    "metadata": {"seat": "A12"},
    "customParams": {"a": "b"},
}


def token(merchant: Merchant, **claims: Any) -> str:
    now = clock.epoch()
    wanted = {
        "iss": settings.JWT_ISSUER,
        "aud": settings.JWT_AUDIENCE,
        "iat": now,
        "exp": now + 300,
        "sub": "user-7",
        "tenant": merchant.tenant.slug,
    }
    return jwt.encode(wanted | claims, settings.JWT_HS256_SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("card", "status"),
    [
        ("", 201),
        ("pm_card_visa", 201),
        ("pm_card_authenticationRequired", 201),
        ("pm_usBankAccount_processing", 201),
        ("pm_card_visa_chargeDeclinedLostCard", 402),
    ],
)
@pytest.mark.parametrize("fields", [{}, FULL], ids=["least", "most"])
def test_what_create_answers_is_what_get_and_list_return(
    api: Api, card: str, status: int, fields: dict[str, Any]
) -> None:
    made = api.create(paymentToken=card, **fields)

    assert made.status == status
    assert api.payment(made.data["transactionId"]).data == made.data
    assert api.get(PAYMENTS).data == [made.data]
    assert_books_balance()


def test_the_commission_is_shown_line_by_line(api: Api) -> None:
    made = api.create(paymentToken="pm_card_visa")

    assert made.data["commission"] == {
        "amount": 84,
        "lines": [
            {"kind": "percent", "amount": 53, "basis": "4"},
            {"kind": "fixed", "amount": 31, "basis": "0.31 EUR"},
        ],
    }
    assert (made.data["amount"], made.data["netAmount"]) == (13_37, 12_53)


def test_line_items_that_do_not_sum_to_the_amount_are_refused(api: Api) -> None:
    refused = api.create(lineItems=[{"description": "Place", "unitPrice": 13_36}])

    assert (refused.status, refused.json["error"]) == (400, "VALIDATION_ERROR")
    assert Payment.objects.count() == 0


@pytest.mark.row("F9")
@pytest.mark.parametrize("amount", [10**15, 2**63, 10**400])
def test_an_amount_beyond_the_largest_is_refused(api: Api, amount: int) -> None:
    """F9: 4xx, never 500."""
    refused = api.create(amount=amount)

    assert (refused.status, refused.json["error"]) == (400, "VALIDATION_ERROR")
    assert Payment.objects.count() == 0


@pytest.mark.row("F9")
def test_the_largest_amount_fits(api: Api, merchant: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """F9: where a gateway account takes it."""
    install(monkeypatch, limits={})
    merchant.account.maximum_minor = 10**15 - 1
    merchant.account.save()

    assert api.create(amount=10**15 - 1).status == 202
    assert_books_balance()


@pytest.mark.parametrize("path", ["", "/status", "/cancel"])
def test_the_payment_of_another_tenant_is_not_found(api: Api, path: str) -> None:
    theirs = make_payment(make_merchant(), Status.REQUIRES_ACTION).payment

    address = f"{PAYMENTS}/{theirs.shown_id}{path}"
    answer = api.post({}, key=None, path=address) if path == "/cancel" else api.get(address)

    assert (answer.status, answer.json["error"]) == (404, "PAYMENT_NOT_FOUND")
    theirs.refresh_from_db()
    assert theirs.status == Status.REQUIRES_ACTION


def test_a_list_shows_the_tenants_own_payments_only(api: Api, merchant: Merchant) -> None:
    mine = make_payment(merchant).payment
    make_payment(make_merchant())

    assert [row["transactionId"] for row in api.get(PAYMENTS).data] == [mine.shown_id]


def test_a_payer_sees_own_payments_and_changes_nothing(merchant: Merchant, levers: Levers) -> None:
    mine = make_payment(merchant, user_id="user-7").payment
    theirs = make_payment(merchant, user_id="user-8").payment
    payer = Api(token(merchant))

    assert payer.payment(mine.shown_id).status == 200
    assert payer.payment(theirs.shown_id).status == 404
    assert [row["transactionId"] for row in payer.get(PAYMENTS).data] == [mine.shown_id]
    assert (payer.create().status, payer.cancel(mine.shown_id).status) == (403, 403)
    assert Payment.objects.count() == 2


def test_a_service_token_takes_payments(merchant: Merchant, levers: Levers) -> None:
    assert Api(token(merchant, sub="core", role="service")).create().status == 201


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1_000_000_000},
        {"iss": "somebody"},
        {"aud": "something"},
        {"tenant": "nobody"},
        {"sub": ""},
        {"iat": 4_000_000_000},
    ],
    ids=lambda claims: next(iter(claims)),
)
def test_a_token_with_a_wrong_claim_is_refused(merchant: Merchant, claims: dict[str, Any]) -> None:
    assert Api(token(merchant, **claims)).get(PAYMENTS).status == 401


def test_a_token_signed_by_nobody_is_refused(merchant: Merchant) -> None:
    now = clock.epoch()
    claims = {"iss": settings.JWT_ISSUER, "aud": settings.JWT_AUDIENCE, "iat": now, "exp": now + 300}
    unsigned = jwt.encode(claims | {"sub": "core", "tenant": merchant.tenant.slug}, "", algorithm="none")

    assert Api(unsigned).get(PAYMENTS).status == 401


def test_a_key_that_may_only_read_takes_no_payment(merchant: Merchant, levers: Levers) -> None:
    reader = Api(make_api_key_of(merchant, scopes=("payments:read",)))

    assert (reader.get(PAYMENTS).status, reader.create().status) == (200, 403)
    assert Payment.objects.count() == 0


def test_pages_follow_each_other_without_gap_or_repetition(api: Api, merchant: Merchant) -> None:
    made = [make_payment(merchant).payment.shown_id for _ in range(7)]
    seen, cursor = [], ""
    while True:
        page = api.get(f"{PAYMENTS}?limit=3{cursor}").json
        seen += [row["transactionId"] for row in page["data"]]
        if not page["pagination"]["hasMore"]:
            break
        # A payment made while somebody reads appears on no later page.
        make_payment(merchant)
        cursor = f"&cursor={page['pagination']['nextCursor']}"

    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=completed", 1),
        ("orderId=A-1", 1),
        ("payeeId=org-odd", 2),
        ("currency=EUR&purpose=ticket_sale", 2),
        ("createdFrom=2026-11-21T12:00:00Z&createdTo=2026-11-21T12:00:01Z", 2),
        ("createdTo=2026-11-21", 0),
        ("gateway=paypal", 0),
    ],
)
def test_a_list_is_narrowed_by_filters(api: Api, merchant: Merchant, query: str, found: int) -> None:
    make_payment(merchant, Status.COMPLETED, order_id="A-1")
    make_payment(merchant, Status.PROCESSING, order_id="A-2")

    assert len(api.get(f"{PAYMENTS}?{query}").data) == found


@pytest.mark.parametrize("query", ["stat=completed", "status=paid", "cursor=zzz", "limit=0", "createdFrom=yesterday"])
def test_a_filter_that_is_not_understood_is_refused(api: Api, query: str) -> None:
    assert api.get(f"{PAYMENTS}?{query}").status == 400


@pytest.mark.row("A17")
@pytest.mark.parametrize("status", [Status.COMPLETED, Status.FAILED, Status.EXPIRED])
def test_what_is_over_cannot_be_cancelled(api: Api, merchant: Merchant, status: Status) -> None:
    """A17: 409 with where it stands."""
    payment = make_payment(merchant, status).payment

    refused = api.cancel(payment.shown_id)

    assert (refused.status, refused.json["error"]) == (409, "PAYMENT_NOT_CANCELLABLE")
    assert status in refused.json["message"]
    assert_books_balance()


@pytest.mark.row("A17")
def test_cancelling_what_is_cancelled_is_no_news(api: Api, levers: Levers, merchant: Merchant) -> None:
    """A17: the second answer is the first, and the gateway is not asked again."""
    made = api.create(orderId="A-1042")
    first, second = (api.cancel(made.data["transactionId"]) for _ in range(2))

    assert [(answer.status, answer.data["status"]) for answer in (first, second)] == [(200, Status.CANCELLED)] * 2
    assert [row["status"] for row in levers.payments(merchant)] == ["canceled"]
    assert Payment.objects.get().order_claim is None


def test_status_is_enough_to_poll(api: Api, merchant: Merchant) -> None:
    payment = make_payment(merchant, Status.COMPLETED).payment

    for path in (f"{PAYMENTS}/{payment.shown_id}/status", f"/api/payments/status/{payment.shown_id}"):
        data = api.get(path).data
        assert (data["transactionId"], data["status"], data["version"]) == (payment.shown_id, "completed", 2)
    assert data["completedAt"] == "2026-11-21T12:02:00.000Z"


def test_a_tenant_that_was_closed_is_not_served(api: Api, merchant: Merchant) -> None:
    merchant.tenant.is_active = False
    merchant.tenant.save()

    assert api.get(PAYMENTS).status == 401


def test_a_payment_lasts_a_day(api: Api) -> None:
    api.create()

    payment = Payment.objects.get()
    assert payment.expires_at - payment.created_at == timedelta(hours=24)


def test_a_frozen_wallet_takes_no_new_sale_from_the_moment_it_is_frozen(
    api: Api, merchant: Merchant, levers: Levers
) -> None:
    first = api.create(key="before")
    Wallet.objects.update(status=Wallet.Status.FROZEN)

    refused = api.create(key="after")

    assert (refused.status, refused.json["error"]) == (409, "WALLET_FROZEN")
    assert api.create(key="before").body == first.body
    assert (Payment.objects.count(), len(levers.payments(merchant))) == (1, 1)
    Wallet.objects.update(status=Wallet.Status.ACTIVE)
    assert api.create(key="after").status == 201
