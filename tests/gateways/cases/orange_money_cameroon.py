"""Orange Money by Cameroon's own API in the contract suite: a prompt on the payer's phone, and cash-in as payout."""

from common.money import Money
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
from tests.gateways.cases.orange_money import CANNOT, STATUSES, control, remaker
from tests.gateways.simulated import Simulator

PAYER, PAYEE, NOBODY = "+237 690 00 00 01", "+237690000002", "+237690000051"
CANNOT_HERE = {
    **CANNOT,
    "balance": "this API tells no balance",
    "look_up_by_reference": "a status is asked with the payToken only",
    "payout_by_reference": "a status is asked with the payToken only",
    "payout_resend": "each call takes a new payToken, so a second one would pay twice",
    "lie/wrong_currency": "this API states no currency: it is XAF",
    "late_success": "what failed stays failed",
    "webhook_proof": "nothing signs a callback",
}


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    mine = number()
    settings = {
        "api_username": f"user-{mine}",
        "api_password": f"{CANARY}password{mine}",
        "channel_msisdn": "659999999",
        "pin": f"{CANARY}pin{mine}",
    }
    client = {"client_id": f"cameroon-{mine}", "client_secret": f"{CANARY}secret{mine}"}
    credentials = Credentials({
        "flavour": "cameroon", "api_host": "https://api-test.orange.cm", **client, **settings,
    })  # fmt: skip
    remake = remaker(simulator, http, flavour="cameroon")

    def end(report: GatewayReport, outcome: Outcome) -> None:
        if outcome is Outcome.DECLINED:
            control(simulator, f"/orders/{report.gateway_payment_id}/reason", code="60019")
        control(simulator, f"/orders/{report.gateway_payment_id}/end", status=STATUSES[outcome])

    def act(_request: ChargeRequest, report: GatewayReport, outcome: Outcome) -> None:
        end(report, outcome)

    def act_payout(_request: PayoutRequest, report: GatewayReport, outcome: Outcome) -> None:
        end(report, outcome)

    control(simulator, "/accounts", **client, settings=settings)
    return Case(
        name="orange_money",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=f"cameroon-{mine}",
        amount=Money(13_37, "XAF"),
        action=NextActionKind.PHONE_PROMPT,
        request_fields={"payer_phone": PAYER},
        operations={
            "charge": "pay",
            "look_up": "pay_status",
            "payout": "cash_in",
            "look_up_payout": "cash_in_status",
            "check_credentials": "token",
        },
        act=act,
        reaches=frozenset(STATUSES),
        declined_code="60019",
        revoke=lambda: control(simulator, "/accounts", **client, revoked=True),
        unlisted_error=(400, '{"message": "Something new", "data": null}'),
        destination=Destination(DestinationKind.MOBILE_MONEY, PAYEE),
        bad_destination=Destination(DestinationKind.MOBILE_MONEY, NOBODY),
        act_payout=act_payout,
        payout_reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED}),
        cannot=CANNOT_HERE,
    )
