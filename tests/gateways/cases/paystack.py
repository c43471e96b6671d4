"""Paystack in the contract suite."""

import hmac
import time
from dataclasses import dataclass

from common.money import Money
from gateways.adapters.paystack.gateway import PaystackGateway
from gateways.contract import (
    ChargeRequest,
    Credentials,
    Destination,
    DestinationKind,
    GatewayReport,
    IncomingWebhook,
    NextActionKind,
    Outcome,
    PayoutRequest,
    RefundRequest,
)
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, Case, number
from tests.gateways.simulated import Simulator

CARDS = {
    Outcome.SUCCEEDED: "success",
    Outcome.REQUIRES_ACTION: "success_otp",
    Outcome.PENDING: "bank_transfer",
    Outcome.DECLINED: "insufficient_funds",
}
REFUNDS = {Outcome.SUCCEEDED: "processed", Outcome.DECLINED: "failed", Outcome.REQUIRES_ACTION: "needs-attention"}
TRANSFERS = {Outcome.SUCCEEDED: "success", Outcome.DECLINED: "failed", Outcome.CANCELLED: "abandoned"}
OPERATIONS = {
    "charge": "initialize",
    "look_up": "verify",
    "look_up_by_reference": "verify",
    "refund": "refund",
    "look_up_refund": "fetch_refund",
    "payout": "transfer",
    "look_up_payout": "verify_transfer",
    "balance": "balance",
    "settlements": "list_settlements",
    "check_credentials": "balance",
}
CANNOT = {
    "collect": "the money moves as soon as the payer has paid",
    "authorize": "Paystack takes money at once or not at all",
    "cancel": "Paystack has no call that closes a payment page",
    "amount_at_charge": "the answer to initialize holds the page and the reference, nothing else",
    "refund_line": "refunds are taken off a settlement in one sum, told once the bank has it",
    "webhook_outcome": "a true message can be sent again: it has no time and no id, so Paystack is asked",
    "webhook_time": "the signature covers no time",
    "webhook/declined": "Paystack sends nothing about a payment that failed",
    "webhook/cancelled": "a transaction is never cancelled at Paystack",
    "webhook/expired": "a transaction never expires at Paystack: it stays abandoned",
}


class PaystackCase(Case):
    def reference(self) -> str:
        """A transfer's has 16 characters at least."""
        return super().reference().ljust(16, "0")


@dataclass(frozen=True)
class Levers:
    """What payers, banks and time do at the simulator, to one account."""

    simulator: Simulator
    key: str

    def control(self, path: str, **body: object) -> dict[str, object]:
        answer: dict[str, object] = self.simulator.control("POST", f"/paystack{path}", **body)
        return answer

    def change(self, path: str = "/accounts", **body: object) -> dict[str, object]:
        return self.control(path, secret_key=self.key, **body)

    def act(self, request: ChargeRequest, _report: GatewayReport, outcome: Outcome) -> None:
        transaction = f"/transactions/{request.reference}"
        self.control(f"{transaction}/pay", card=CARDS.get(outcome, "success"))
        if outcome is Outcome.REVERSED:
            self.control(f"{transaction}/reverse")

    def act_refund(self, _request: RefundRequest, report: GatewayReport, outcome: Outcome) -> None:
        self.control(f"/refunds/{report.gateway_payment_id}/finish", status=REFUNDS[outcome])

    def act_payout(self, request: PayoutRequest, _report: GatewayReport, outcome: Outcome) -> None:
        transfer = f"/transfers/{request.reference}/move"
        if outcome is Outcome.REVERSED:
            self.control(transfer, status="success")
        self.control(transfer, status=TRANSFERS.get(outcome, "reversed"))

    def lose_a_dispute(self, request: ChargeRequest, _report: GatewayReport) -> None:
        dispute = self.control(f"/transactions/{request.reference}/dispute")["dispute"]
        self.control(f"/disputes/{dispute}/resolve", resolution="auto-accepted")

    def save_method(self, customer: str) -> str:
        return str(self.change("/authorizations", customer=customer)["authorization_code"])

    def sign(self, body: bytes) -> IncomingWebhook:
        signature = hmac.digest(self.key.encode(), body, "sha512").hex()
        return IncomingWebhook(body, {"x-paystack-signature": signature}, int(time.time()))


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    levers = Levers(simulator, f"sk_test_{CANARY}{number()}")
    credentials = Credentials({"secret_key": levers.key})

    def remake(changed: Credentials, *, address: str = simulator.url) -> PaystackGateway:
        return PaystackGateway(changed, simulator=f"{address}/paystack", http=http)

    # Refunds and transfers end when a test says so.
    levers.change(transfers="pending", refund_seconds=None)
    return PaystackCase(
        name="paystack",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=levers.key,
        action=NextActionKind.REDIRECT,
        amount=Money(133_71, "NGN"),
        fresh=frozenset({Outcome.REQUIRES_ACTION}),
        request_fields={"payer_email": "ada@payer.example"},
        operations=OPERATIONS,
        act=levers.act,
        reaches=frozenset({*CARDS, Outcome.REVERSED}),
        declined_code="insufficient_funds",
        revoke=lambda: levers.change(revoked=True),
        # A reference can be sent again after it; a refund has none, so there it stays unknown.
        verdicts={"charge/rate_limit_429": Outcome.NOT_SENT, "payout/rate_limit_429": Outcome.NOT_SENT},
        unlisted_error=(400, '{"status": false, "message": "Something of tomorrow", "code": "code_of_tomorrow"}'),
        listen=lambda url: levers.change(webhook_url=url),
        proof_headers=("x-paystack-signature",),
        other_secret={"secret_key": "sk_test_of_somebody_else"},
        empty_secret={"secret_key": ""},
        sign=levers.sign,
        fresh_refund=Outcome.PENDING,
        act_refund=levers.act_refund,
        refund_reaches=frozenset(REFUNDS),
        destination=Destination(DestinationKind.BANK_ACCOUNT, "0000000000", "Ada Payee", "NG", bank_code="057"),
        bad_destination=Destination(DestinationKind.BANK_ACCOUNT, "9" * 10, "Nobody", "NG", bank_code="057"),
        payout_amount=Money(42_13, "NGN"),
        act_payout=levers.act_payout,
        payout_reaches=frozenset({*TRANSFERS, Outcome.REVERSED}),
        fund=lambda: levers.change("/fund", currency="NGN", amount=1_000_00),
        reverse=levers.lose_a_dispute,
        settle=lambda: levers.change("/settle"),
        save_method=levers.save_method,
        cannot=CANNOT,
    )
