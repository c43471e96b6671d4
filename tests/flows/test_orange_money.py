"""Sales by Orange Money: a page or a prompt, a notification that is only a reason to ask, money in a wallet."""

import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from common import ids
from gateways.models import GatewayAccount, InboundEvent
from payments.models import Payment
from payments.states import Status
from tests.simulator.receiver import Received, Receiver
from tests.support.api import Api, api_of, attempt_of, settle, sweep
from tests.support.books import assert_books_balance, balances
from tests.support.factories import Merchant, make_gateway_account, make_plan
from tests.support.simulator import Levers
from tests.support.web import Answer

pytestmark = pytest.mark.django_db(transaction=True)

FLAVOURS = {
    "webpay": {"merchant_key": "odd-key"},
    "cameroon": {"api_username": "user", "api_password": "word", "channel_msisdn": "659999999", "pin": "1111"},
    "sonatel": {"merchant_code": "123456", "callback_api_key": "odd-api-key"},
}
NUMBERS = {"webpay": "690000001", "cameroon": "690000001", "sonatel": "770000001"}


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """Where this service would be reached from outside."""
    running = Receiver()
    settings.PUBLIC_URL = running.url.removesuffix("/hooks")
    yield running
    running.close()


@pytest.fixture
def account(request: pytest.FixtureRequest, merchant: Merchant, levers: Levers) -> GatewayAccount:
    flavour = request.param
    make_plan(merchant.tenant, currency="XAF")
    mark = ids.uuid7().hex
    secrets = {"flavour": flavour, "client_id": mark, "client_secret": "odd", **FLAVOURS[flavour]}
    # Sonatel's simulator has to know the key that callbacks bring; everything else it takes from the first use.
    levers.control("POST", "/orange_money/accounts", client_id=mark, client_secret="odd", settings=FLAVOURS[flavour])
    return make_gateway_account(
        merchant.tenant,
        secrets=secrets,
        gateway="orange_money",
        methods=["mobile_money"],
        currencies=["XOF", "XAF"],
    )


@pytest.fixture
def api(merchant: Merchant, account: GatewayAccount) -> Api:
    return api_of(merchant)


def sale(api: Api, flavour: str, **fields: Any) -> Answer:
    currency = "XAF" if flavour == "cameroon" else "XOF"
    return api.create(
        amount=5_003,
        currency=currency,
        paymentMethod="mobile_money",
        customerPhone=f"+237{NUMBERS[flavour]}",
        returnUrl="https://shop.example/back",
        **fields,
    )


def pays(levers: Levers, made: Answer, *, flavour: str) -> None:
    """The payer does what the page, the prompt or the code asks for."""
    attempt = attempt_of(made)
    address = attempt.next_action_value
    if flavour == "cameroon":
        address = f"{levers.url}/pay/orange_money/phone/{attempt.gateway_payment_id}"
    form = urllib.parse.urlencode({"action": "pay", "number": NUMBERS[flavour], "code": "1234"}).encode()
    request = urllib.request.Request(address, data=form, method="POST")
    opener = urllib.request.build_opener(_StaysHere())
    opener.open(request, timeout=10).close()


class _StaysHere(urllib.request.HTTPRedirectHandler):
    def http_error_303(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        """The way back to the shop leads nowhere in a test."""
        return fp


def passed_on(heard: Received, account: GatewayAccount) -> int:
    """The notification as it would reach us, with the query of its address."""
    address = f"/webhooks/orange_money/{ids.show(ids.GATEWAY_ACCOUNT, account.public_id)}?{heard.query}"
    headers = {"authorization": heard.headers["authorization"]} if "authorization" in heard.headers else {}
    return Client().post(address, heard.body, content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize(
    ("account", "kind"),
    [("webpay", "redirect"), ("cameroon", "phone_prompt"), ("sonatel", "qr")],
    indirect=["account"],
)
def test_a_sale_is_booked_once_orange_was_asked(
    levers: Levers, receiver: Receiver, api: Api, account: GatewayAccount, request: pytest.FixtureRequest, kind: str
) -> None:
    flavour = request.node.callspec.params["account"]
    made = sale(api, flavour)
    assert (made.status, made.data["status"], attempt_of(made).next_action_kind) == (201, "requires_action", kind)

    pays(levers, made, flavour=flavour)
    receiver.wait_for(lambda: receiver.received)
    [heard] = receiver.received
    assert passed_on(heard, account) == 200
    settle()
    assert Payment.objects.get().status == Status.REQUIRES_ACTION, "nothing is booked on the notification alone"
    sweep()

    assert Payment.objects.get().status == Status.COMPLETED
    assert sorted(balances().values()) == [231, 4_772, 5_003]
    assert_books_balance()


@pytest.mark.parametrize("account", ["webpay"], indirect=True)
@pytest.mark.row("C20")
def test_a_forged_notification_books_nothing(receiver: Receiver, api: Api, account: GatewayAccount) -> None:
    made = sale(api, "webpay")
    forged = Received(
        b'{"status": "SUCCESS", "notif_token": "made up", "txnid": "MP1"}',
        {},
        f"reference={attempt_of(made).reference}",
    )

    assert passed_on(forged, account) == 200
    settle()
    sweep()

    assert Payment.objects.get().status == Status.REQUIRES_ACTION
    assert balances() == {}
    assert InboundEvent.objects.count() == 1


@pytest.mark.parametrize("account", ["webpay"], indirect=True)
def test_a_payer_who_is_refused_is_told_so(
    levers: Levers, receiver: Receiver, api: Api, account: GatewayAccount
) -> None:
    made = sale(api, "webpay")
    levers.control("POST", f"/orange_money/orders/{attempt_of(made).gateway_payment_id}/end", status="FAILED")
    receiver.wait_for(lambda: receiver.received)

    passed_on(receiver.received[0], account)
    settle()
    sweep()

    payment = Payment.objects.get()
    assert payment.status == Status.FAILED
    assert balances() == {}
