"""PayPal in the contract suite."""

from gateways.adapters.paypal.gateway import PayPalGateway
from gateways.contract import (
    ChargeRequest,
    Credentials,
    Destination,
    DestinationKind,
    GatewayReport,
    LookUpRequest,
    NextActionKind,
    Outcome,
    PayoutRequest,
    RefundRequest,
)
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, Case, number
from tests.gateways.simulated import Simulator

# How the payer pays at PayPal, so that collecting ends like this.
FUNDINGS = {
    Outcome.SUCCEEDED: "balance",
    Outcome.AUTHORIZED: "balance",
    Outcome.PENDING: "review",
    Outcome.DECLINED: "declined",
}
REFUNDS = {Outcome.PENDING: "PENDING", Outcome.DECLINED: "FAILED", Outcome.CANCELLED: "CANCELLED"}
PAYOUTS = {
    Outcome.SUCCEEDED: "SUCCESS",
    Outcome.DECLINED: "FAILED",
    Outcome.REVERSED: "RETURNED",
    Outcome.CANCELLED: "CANCELED",
}


OPERATIONS = {
    "charge": "create",
    "look_up": "retrieve",
    # Cancelling an order that nobody approved comes down to reading it.
    "cancel": "retrieve",
    "collect": "capture",
    "capture": "capture_authorization",
    "refund": "refund",
    "look_up_refund": "retrieve_refund",
    "payout": "create_payout",
    "look_up_payout": "retrieve_payout",
    "balance": "balances",
    "settlements": "list_transactions",
    "check_credentials": "token",
}
CANNOT = {
    "customers": "PayPal's vault is not offered: the payer signs in at PayPal each time",
    "look_up_by_reference": "PayPal finds no order by our reference; only the same request again finds it",
    "cancel_unpaid": "PayPal has no call that closes an order which the payer has not approved",
    "mode": "PayPal's answers do not say which mode they are of",
    "mode_of_credentials": "a client id does not show its mode",
    "late_success": "an order is captured once, and a capture that was declined stays declined",
    "refund_by_reference": "PayPal lists no refunds",
    "payout_by_reference": "PayPal finds no batch by our reference; sending it again names the first one",
    "webhook_time": "PayPal tries for three days, and may send the first signature again",
    "webhook/expired": "PayPal says nothing when an order expires",
    "settlement_id": "PayPal has no settlement object: a withdrawal is a row like the others",
}
PROOF = (
    "paypal-auth-algo",
    "paypal-cert-url",
    "paypal-transmission-id",
    "paypal-transmission-sig",
    "paypal-transmission-time",
)
UNLISTED = '{"name": "UNPROCESSABLE_ENTITY", "message": "…", "debug_id": "1", "details": [{"issue": "OF_TOMORROW"}]}'


class Levers:
    """One account at the simulator, and what payers, receivers and PayPal's staff do there."""

    def __init__(self, simulator: Simulator, http: GatewayHttp) -> None:
        mine = number()
        self.simulator = simulator
        self.http = http
        self.client_id = f"client-{mine}-{id(http)}"
        self.known = {
            "client_id": self.client_id,
            "client_secret": f"EL{CANARY}{mine}",
            "webhook_id": f"8PT597110X687430L{mine}",
        }
        self.credentials = Credentials(self.known)
        self.gateway = self.remake(self.credentials)
        self.account()

    def remake(self, changed: Credentials, *, address: str = "") -> PayPalGateway:
        return PayPalGateway(changed, simulator=f"{address or self.simulator.url}/paypal", http=self.http)

    def control(self, path: str, **body: object) -> None:
        self.simulator.control("POST", f"/paypal{path}", **body)

    def account(self, **changes: object) -> None:
        self.control("/accounts", **{**self.known, **changes})

    def act(self, request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        """All but the approval itself follows from collecting: PayPal moves no money before."""
        order = report.gateway_payment_id
        if outcome is Outcome.CANCELLED:
            self.control(f"/orders/{order}/void")
            return
        self.control(f"/orders/{order}/approve", funding=FUNDINGS.get(outcome, "balance"))
        if outcome is not Outcome.APPROVED:
            self.gateway.collect(LookUpRequest(request.reference, order, amount=request.amount, keep=report.keep))

    def act_refund(self, _request: RefundRequest, report: GatewayReport, outcome: Outcome) -> None:
        self.control(f"/refunds/{report.gateway_payment_id}/end", status=REFUNDS.get(outcome, "COMPLETED"))

    def act_payout(self, _request: PayoutRequest, report: GatewayReport, outcome: Outcome) -> None:
        self.control(f"/payouts/{report.gateway_payment_id}/end", status=PAYOUTS[outcome])

    def reverse(self, _request: ChargeRequest, report: GatewayReport) -> None:
        self.control(f"/captures/{report.keep['capture_id']}/reverse")

    def fund(self) -> None:
        self.control("/fund", client_id=self.client_id, currency="EUR", value="500.00")


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    levers = Levers(simulator, http)
    return Case(
        name="paypal",
        simulator=simulator,
        http=http,
        gateway=levers.gateway,
        credentials=levers.credentials,
        remake=levers.remake,
        account=levers.client_id,
        action=NextActionKind.REDIRECT,
        fresh=frozenset({Outcome.REQUIRES_ACTION}),
        operations=OPERATIONS,
        act=levers.act,
        reaches=frozenset({*FUNDINGS, Outcome.APPROVED, Outcome.CANCELLED}),
        declined_code="capture_declined",
        revoke=lambda: levers.account(revoked=True),
        verdicts={f"{operation}/rate_limit_429": Outcome.NOT_SENT for operation in ("charge", "refund", "payout")},
        unlisted_error=(422, UNLISTED),
        listen=lambda url: levers.account(webhook_url=url),
        proof_headers=PROOF,
        other_secret={"webhook_id": "8PT597110X687430OTHER"},
        empty_secret={"webhook_id": ""},
        act_refund=levers.act_refund,
        refund_reaches=frozenset(REFUNDS),
        destination=Destination(DestinationKind.EMAIL, "organiser@payee.example"),
        bad_destination=Destination(DestinationKind.EMAIL, "nobody in particular"),
        act_payout=levers.act_payout,
        payout_reaches=frozenset(PAYOUTS),
        fund=levers.fund,
        reverse=levers.reverse,
        cannot=CANNOT,
    )
