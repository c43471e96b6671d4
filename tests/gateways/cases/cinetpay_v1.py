"""CinetPay's second generation, API v1, in the contract suite."""

from common.money import Money
from gateways.adapters.cinetpay.gateway import CinetPayGateway
from gateways.contract import (
    ChargeRequest,
    Credentials,
    Destination,
    DestinationKind,
    GatewayReport,
    NextActionKind,
    Outcome,
    PayoutRequest,
)
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, Case, number
from tests.gateways.cases.cinetpay import NO_SUCH_THING, OPERATIONS, PAYER, TRANSFERS
from tests.gateways.simulated import Simulator

CANNOT = {
    "collect": "the money moves as soon as the payer has confirmed",
    "authorize": NO_SUCH_THING,
    "cancel": NO_SUCH_THING,
    "refund": NO_SUCH_THING,
    "customers": NO_SUCH_THING,
    "settlements": NO_SUCH_THING,
    "disputes": NO_SUCH_THING,
    "late_reversal": "CinetPay tells of none",
    "settlement_id": NO_SUCH_THING,
    "late_success": "a failure is final in every source",
    "amount_at_charge": "the answer to a charge states no amount",
    "mode": "no answer names the mode; the key does",
    "lie/wrong_amount": "no answer about a payment states an amount",
    "lie/wrong_currency": "no answer about a payment states a currency",
    "lie/live_mode_answer": "no answer holds a mode",
    "payout_refused": "sources disagree whether a refusal ends a transfer: unknown, unless the account says so",
    "webhook_outcome": "the notification holds no status; the check decides",
    "webhook_proof": "nothing is signed, and the adapter keeps no notify_token to compare with",
    "webhook/cancelled": "a payer who gives up is told as failed",
    "webhook/expired": "sources disagree whether it is an end; it is polled until our own expiry",
}


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    mine = number()
    key, password = f"sk_test_{CANARY}{mine}", f"password{CANARY}{mine}"
    credentials = Credentials({"generation": "api_v1", "api_key": key, "api_password": password})

    def remake(changed: Credentials, *, address: str = simulator.url) -> CinetPayGateway:
        return CinetPayGateway(changed, simulator=f"{address}/cinetpay", http=http)

    def account(**fields: object) -> None:
        simulator.control("POST", "/cinetpay/accounts", api_key=key, **fields)

    def act(_request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        path = f"/cinetpay/payments/{report.gateway_payment_id}/end"
        simulator.control("POST", path, outcome=PAYER[outcome], by="OM_CI")

    def act_payout(_request: PayoutRequest, report: GatewayReport, outcome: Outcome) -> None:
        simulator.control("POST", f"/cinetpay/transfers/{report.gateway_payment_id}/move", to=TRANSFERS[outcome])

    account(generation="api_v1", api_password=password, is_silent=True, moves_transfers=False)
    return Case(
        name="cinetpay",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=key,
        amount=Money(1_335, "XOF"),
        action=NextActionKind.REDIRECT,
        request_fields={"payer_email": "ada@payer.example", "payer_name": "Ada Odd", "country": "CI"},
        operations=OPERATIONS | {"check_credentials": "login"},
        act=act,
        reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING}),
        declined_code="v1_2010",
        revoke=lambda: account(is_revoked=True),
        unlisted_error=(400, '{"code": 2999, "status": "CODE_OF_TOMORROW", "description": ""}'),
        listen=lambda url: account(is_silent=False, webhook_url=url),
        destination=Destination(DestinationKind.MOBILE_MONEY, "+2250701020304", name="Ama Odd", network="OM_CI"),
        payout_amount=Money(1_255, "XOF"),
        act_payout=act_payout,
        payout_reaches=frozenset(TRANSFERS),
        fund=lambda: account(purse=1_000_000),
        cannot=CANNOT,
    )
