"""Orange Money by Sonatel's eWallet API in the contract suite: a QR code, and cash-in as payout."""

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

PAYEE, SLOW, NOBODY = "+221 77 000 00 02", "+221770000007", "+221770000051"
CANNOT_HERE = {
    **CANNOT,
    "look_up_by_reference": "a QR code is no transaction until it is paid: only then it is listed",
    "payout_resend": "nothing says that a repeated reference is recognised",
    "amount_at_charge": "the answer with the QR code repeats neither amount nor reference",
    "mode_of_credentials": "client ids do not show their mode; each mode has a host of its own",
    "webhook_body": "the apiKey covers no body",
    "webhook_time": "the apiKey covers no time",
    "webhook/expired": "a QR code that nobody used ends without a word",
}


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    mine = number()
    settings = {
        "merchant_code": "123456",
        "partner_msisdn": f"77{mine:07d}",
        "pin": f"{CANARY}pin{mine}",
        "callback_api_key": f"{CANARY}apikey{mine}",
    }
    client = {"client_id": f"sonatel-{mine}", "client_secret": f"{CANARY}secret{mine}"}
    credentials = Credentials({"flavour": "sonatel", "merchant_name": "Odd Shop", **client, **settings})
    remake = remaker(simulator, http, flavour="sonatel")

    def end(reference: str, outcome: Outcome) -> None:
        control(simulator, f"/orders/{reference}/end", status=STATUSES[outcome])

    def act(request: ChargeRequest, _report: GatewayReport, outcome: Outcome) -> None:
        orders = simulator.control("GET", f"/orange_money/orders?reference={request.reference}")
        qr = next(order for order in orders if order["product"] == "qrcode")
        end(qr["id"], outcome)

    def act_payout(request: PayoutRequest, _report: GatewayReport, outcome: Outcome) -> None:
        end(request.reference, outcome)

    control(simulator, "/accounts", **client, settings=settings)
    return Case(
        name="orange_money",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=f"sonatel-{mine}",
        amount=Money(13_37, "XOF"),
        action=NextActionKind.QR,
        operations={
            "charge": "qr_code",
            "look_up": "find",
            "payout": "cash_in",
            "look_up_payout": "transaction",
            "balance": "balance",
            "check_credentials": "token",
        },
        act=act,
        reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.PENDING, Outcome.CANCELLED}),
        declined_code="payment_failed",
        revoke=lambda: control(simulator, "/accounts", **client, revoked=True),
        unlisted_error=(400, '{"status": "400", "code": "9999", "title": "Something new", "detail": "Something new"}'),
        listen=lambda url: control(simulator, "/accounts", **client, settings={"callback_url": url}),
        proof_headers=("authorization",),
        other_secret={"callback_api_key": "of-somebody-else"},
        empty_secret={"callback_api_key": ""},
        # A number that stays pending, so that a payout can be ended either way.
        destination=Destination(DestinationKind.MOBILE_MONEY, SLOW),
        bad_destination=Destination(DestinationKind.MOBILE_MONEY, NOBODY),
        fresh_payout=Outcome.PENDING,
        act_payout=act_payout,
        payout_reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.CANCELLED}),
        late_success_after=Outcome.DECLINED,
        cannot=CANNOT_HERE,
    )
