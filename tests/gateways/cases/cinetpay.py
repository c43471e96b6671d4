"""CinetPay's first generation in the contract suite: checkout v2 and its transfer API."""

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
from tests.gateways.simulated import Simulator

PAYER = {
    Outcome.SUCCEEDED: "accept",
    Outcome.DECLINED: "refuse",
    Outcome.CANCELLED: "cancel",
    Outcome.EXPIRED: "expire",
    Outcome.PENDING: "wait",
    Outcome.REQUIRES_ACTION: "ask_code",
}
TRANSFERS = {Outcome.SUCCEEDED: "VAL", Outcome.DECLINED: "REJ"}
NO_SUCH_THING = "CinetPay has no API for it"
# Digits, so that it can be part of a telephone number; it must never be seen in a log, a repr or a report.
CANARY_PHONE = "98765432"
OPERATIONS = {
    "charge": "create",
    "look_up": "check",
    "look_up_by_reference": "check",
    "payout": "transfer",
    "look_up_payout": "check_transfer",
    "balance": "balance",
    "check_credentials": "check",
}
CANNOT = {
    "collect": "the money moves as soon as the payer has confirmed",
    "authorize": NO_SUCH_THING,
    "cancel": NO_SUCH_THING,
    "refund": NO_SUCH_THING,
    "customers": NO_SUCH_THING,
    "settlements": "transactions are exported by hand from the back-office",
    "disputes": NO_SUCH_THING,
    "late_reversal": "CinetPay tells of none",
    "settlement_id": NO_SUCH_THING,
    "amount_at_charge": "the answer to a charge states neither amount nor reference",
    "mode": "CinetPay never says whether it is live; there is one host for both",
    "mode_of_credentials": "keys look the same in both modes",
    "lie/live_mode_answer": "no answer holds a mode",
    "webhook_outcome": "the notification holds no status that may be believed; the check decides",
    "webhook_proof": "x-token is checked, but proves no status: a hint; see test_cinetpay_webhooks.py",
}


def _credentials(mine: int) -> Credentials:
    return Credentials({
        "api_key": f"key{CANARY}{mine}",
        "site_id": f"{445_000 + mine}",
        "secret_key": f"secret{CANARY}{mine}",
        "secret_key_previous": f"old{CANARY}{mine}",
        "api_password": f"password{CANARY}{mine}",
        "transfer_currency": "XOF",
        "contact_email": "payouts@shop.example",
        # The suite looks at refusals at once, and means them as they are.
        "recheck_minutes": "0",
    })  # fmt: skip


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    credentials = _credentials(number())
    key = credentials.get("api_key")

    def remake(changed: Credentials, *, address: str = simulator.url) -> CinetPayGateway:
        return CinetPayGateway(changed, simulator=f"{address}/cinetpay", http=http)

    def account(**fields: object) -> None:
        simulator.control("POST", "/cinetpay/accounts", api_key=key, **fields)

    def act(_request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        path = f"/cinetpay/payments/{report.gateway_payment_id}/end"
        simulator.control("POST", path, outcome=PAYER[outcome], by="OM_CI", code="602")

    def act_payout(_request: PayoutRequest, report: GatewayReport, outcome: Outcome) -> None:
        simulator.control("POST", f"/cinetpay/transfers/{report.gateway_payment_id}/move", to=TRANSFERS[outcome])

    account(
        **{name: credentials.get(name) for name in ("site_id", "secret_key", "api_password")},
        tops_up=True,
        is_silent=True,
        moves_transfers=False,
    )
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
        request_fields={"method": "mobile_money", "payer_phone": f"+22507{CANARY_PHONE}", "country": "CI"},
        operations=OPERATIONS,
        act=act,
        reaches=frozenset(PAYER),
        declined_code="602",
        revoke=lambda: account(is_revoked=True),
        verdicts={"charge/rate_limit_429": Outcome.NOT_SENT},
        unlisted_error=(400, '{"code": "699", "message": "CODE_OF_TOMORROW", "description": ""}'),
        listen=lambda url: account(is_silent=False, webhook_url=url),
        destination=Destination(DestinationKind.MOBILE_MONEY, "+2250701020304", name="Ama Odd", country="CI"),
        bad_destination=Destination(DestinationKind.MOBILE_MONEY, "+22570102", name="Ama Odd", country="CI"),
        payout_amount=Money(1_255, "XOF"),
        act_payout=act_payout,
        payout_reaches=frozenset(TRANSFERS),
        fund=lambda: account(purse=1_000_000),
        late_success_after=Outcome.DECLINED,
        cannot=CANNOT,
    )
