"""Orange Money by WebPay in the contract suite: the payer is sent to Orange's page. What all flavours share is here."""

from typing import Any

from common.money import Money
from gateways.adapters.orange_money.gateway import OrangeMoneyGateway
from gateways.contract import ChargeRequest, Credentials, GatewayReport, NextActionKind, Outcome
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, Case, Remake, number
from tests.gateways.simulated import Simulator

STATUSES = {
    Outcome.SUCCEEDED: "SUCCESS",
    Outcome.DECLINED: "FAILED",
    Outcome.PENDING: "PENDING",
    Outcome.EXPIRED: "EXPIRED",
    Outcome.CANCELLED: "CANCELLED",
}
CANNOT = {
    "collect": "what the payer confirms is taken at once",
    "authorize": "Orange Money reserves no money",
    "cancel": "there is no call that takes a page, a prompt or a QR code back",
    "refund": "there is no call for refunds",
    "customers": "Orange Money keeps no payers for us",
    "settlements": "there is no list whose pages and times are known",
    "disputes": "Orange Money tells of no disputes",
    "mode": "nothing Orange says tells its mode",
    "resend": "no reference is promised to be recognised",
    "late_reversal": "Orange Money tells of no reversals",
    "webhook_outcome": "a notification is a reason to ask, never believed",
}

WEBPAY_CANNOT = {
    **CANNOT,
    "payout": "WebPay only takes money in",
    "balance": "WebPay tells no balance",
    "look_up_by_reference": "a status is asked with the pay_token, lost with the answer that brought it",
    "amount_at_charge": "the answer to a create repeats neither amount nor order",
    "lie/wrong_amount": "WebPay states no amount: the one we asked for binds",
    "lie/wrong_currency": "WebPay states no currency",
    "late_success": "what failed or expired at WebPay stays so",
    "webhook_proof": "the token of a notification is known to its order only, and the door knows no orders",
    "webhook/cancelled": "leaving the page is no event",
    "webhook/expired": "only SUCCESS and FAILED are notified",
}


def remaker(simulator: Simulator, http: GatewayHttp, *, flavour: str) -> Remake:
    def remake(changed: Credentials, *, address: str = simulator.url) -> Any:
        # An account is opened for one flavour, so even one that has nothing else has that.
        values = changed.values or {"flavour": flavour}
        return OrangeMoneyGateway(
            Credentials(values, livemode=changed.livemode), simulator=f"{address}/orange_money", http=http
        )

    return remake


def control(simulator: Simulator, path: str, **body: object) -> None:
    simulator.control("POST", f"/orange_money{path}", **body)


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    mine = number()
    credentials = Credentials({
        "flavour": "webpay",
        "client_id": f"webpay-{mine}",
        "client_secret": f"{CANARY}secret{mine}",
        "merchant_key": f"{CANARY}key{mine}",
        "merchant_name": "Odd Shop",
    })  # fmt: skip
    remake = remaker(simulator, http, flavour="webpay")
    client = {"client_id": f"webpay-{mine}", "client_secret": f"{CANARY}secret{mine}"}

    def act(request: ChargeRequest, _report: GatewayReport, outcome: Outcome) -> None:
        control(simulator, f"/orders/{request.reference}/end", status=STATUSES[outcome])

    control(simulator, "/accounts", **client, settings={"merchant_key": f"{CANARY}key{mine}"})
    return Case(
        name="orange_money",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=f"webpay-{mine}",
        amount=Money(13_37, "XOF"),
        action=NextActionKind.REDIRECT,
        operations={"charge": "create", "look_up": "status", "check_credentials": "token"},
        act=act,
        reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING, Outcome.EXPIRED}),
        declined_code="payment_failed",
        revoke=lambda: control(simulator, "/accounts", **client, revoked=True),
        verdicts={"charge/rate_limit_429": Outcome.NOT_SENT},
        unlisted_error=(400, '{"code": 9999, "message": "Something new", "description": "Something new"}'),
        cannot=WEBPAY_CANNOT,
    )
