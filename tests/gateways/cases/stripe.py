"""Stripe in the contract suite: cards and banks at the simulator, driven by its control API."""

import time
from typing import Any

from common.money import Money
from gateways.adapters.stripe.gateway import StripeGateway
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
from tests.gateways.stripe_samples import sign_stripe

CARDS = {
    Outcome.SUCCEEDED: "pm_card_visa",
    Outcome.AUTHORIZED: "pm_card_visa",
    Outcome.REQUIRES_ACTION: "pm_card_authenticationRequired",
    Outcome.PENDING: "pm_usBankAccount_processing",
    Outcome.DECLINED: "pm_card_visa_chargeDeclinedInsufficientFunds",
}
OPERATIONS = {
    "charge": "create",
    "look_up": "retrieve",
    "look_up_by_reference": "list",
    "cancel": "cancel",
    "capture": "capture",
    "refund": "refund",
    "look_up_refund": "retrieve_refund",
    "payout": "transfer",
    "look_up_payout": "retrieve_transfer",
    "balance": "balance",
    "settlements": "list_transactions",
    "check_credentials": "balance",
}
VERDICTS = {
    "charge/rate_limit_429": Outcome.NOT_SENT,
    "refund/rate_limit_429": Outcome.NOT_SENT,
    "payout/rate_limit_429": Outcome.NOT_SENT,
    # A transfer has no status that could be another one.
    "payout/unknown_status": Outcome.SUCCEEDED,
    "look_up_payout/unknown_status": Outcome.SUCCEEDED,
}


class Levers:
    """What payers, banks and time do to one account at the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        mine = number()
        self._simulator = simulator
        self.key, self.secret = f"sk_test_{CANARY}{mine}", f"whsec_{CANARY}{mine}"
        old = f"whsec_old{CANARY}{mine}"
        self.credentials = Credentials(
            {"secret_key": self.key, "webhook_secret": self.secret, "webhook_secret_previous": old}
        )
        self.control("/accounts")
        self.connected: str = self.control("/connected_accounts")["id"]
        self.gateway: Any = None

    def control(self, path: str, **body: object) -> Any:
        return self._simulator.control("POST", f"/stripe{path}", secret_key=self.key, **body)

    def act(self, _request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        intent = f"/payment_intents/{report.gateway_payment_id}"
        if outcome in (Outcome.CANCELLED, Outcome.EXPIRED):
            reason = "requested_by_customer" if outcome is Outcome.CANCELLED else "abandoned"
            self.control(f"{intent}/cancel", reason=reason)
        else:
            self.control(f"{intent}/pay", card=CARDS[outcome])

    def act_refund(self, _request: RefundRequest, report: GatewayReport, _outcome: Outcome) -> None:
        self.control(f"/refunds/{report.gateway_payment_id}", status="failed", failure_reason="declined")

    def act_payout(self, _request: PayoutRequest, report: GatewayReport, _outcome: Outcome) -> None:
        self.control(f"/transfers/{report.gateway_payment_id}/reverse")

    def reverse(self, _request: ChargeRequest, report: GatewayReport) -> None:
        dispute = self.control(f"/payment_intents/{report.gateway_payment_id}/dispute")
        self.control(f"/disputes/{dispute['id']}", status="lost")

    def fund(self) -> None:
        """A test card whose money is available at once."""
        funding = ChargeRequest(f"fund-{number()}", Money(1_000_00, "EUR"), payment_method="pm_card_bypassPending")
        assert self.gateway.charge(funding).outcome is Outcome.SUCCEEDED

    def save_method(self, customer: str) -> str:
        first = self.gateway.charge(ChargeRequest(f"save-{number()}", Money(7_01, "EUR"), customer=customer))
        self.control(f"/payment_intents/{first.gateway_payment_id}/pay", card="pm_card_authenticationRequiredOnSetup")
        self.control(f"/payment_intents/{first.gateway_payment_id}/authenticate", succeed=True)
        [saved] = self.gateway.saved_methods(customer)
        token: str = saved.token
        return token

    def sign(self, body: bytes) -> IncomingWebhook:
        now = int(time.time())
        return sign_stripe(body, secret=self.secret, signed_at=now, received_at=now)


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    levers = Levers(simulator)

    def remake(changed: Credentials, *, address: str = simulator.url) -> StripeGateway:
        return StripeGateway(changed, simulator=f"{address}/stripe", http=http)

    levers.gateway = remake(levers.credentials)
    return Case(
        name="stripe",
        simulator=simulator,
        http=http,
        gateway=levers.gateway,
        credentials=levers.credentials,
        remake=remake,
        account=levers.key,
        action=NextActionKind.CLIENT_SECRET,
        operations=OPERATIONS,
        act=levers.act,
        reaches=frozenset({*CARDS, Outcome.CANCELLED, Outcome.EXPIRED}),
        declined_code="insufficient_funds",
        revoke=lambda: levers.control("/accounts", revoked=True),
        verdicts=VERDICTS,
        unlisted_error=(400, '{"error": {"type": "invalid_request_error", "code": "code_of_tomorrow"}}'),
        listen=lambda url: levers.control("/accounts", webhook_url=url, webhook_secret=levers.secret),
        proof_headers=("stripe-signature",),
        other_secret={"webhook_secret": "whsec_of_somebody_else", "webhook_secret_previous": ""},
        empty_secret={"webhook_secret": "", "webhook_secret_previous": ""},
        sign=levers.sign,
        act_refund=levers.act_refund,
        refund_reaches=frozenset({Outcome.DECLINED}),
        destination=Destination(DestinationKind.GATEWAY_ACCOUNT, levers.connected),
        bad_destination=Destination(DestinationKind.GATEWAY_ACCOUNT, "acct_1Nobody"),
        fresh_payout=Outcome.SUCCEEDED,
        act_payout=levers.act_payout,
        payout_reaches=frozenset({Outcome.REVERSED}),
        fund=levers.fund,
        reverse=levers.reverse,
        settle=lambda: levers.control("/settle"),
        save_method=levers.save_method,
        cannot={"collect": "the money moves as soon as the payer has confirmed"},
    )
