"""MTN MoMo in the contract suite: the sandbox, with a payer who answers the prompt on the phone."""

from urllib.parse import urlsplit

from gateways.adapters.mtn_momo.gateway import MtnMomoGateway
from gateways.contract import (
    ChargeRequest,
    Credentials,
    Destination,
    DestinationKind,
    GatewayReport,
    NextActionKind,
    Outcome,
    PayoutRequest,
    RefundRequest,
)
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, Case, number
from tests.gateways.simulated import Simulator

PAYER, PAYEE, NOBODY = "+46733120001", "+46733120002", "+46733123458"
ENDS = {
    Outcome.SUCCEEDED: ("SUCCESSFUL", ""),
    Outcome.DECLINED: ("FAILED", "NOT_ENOUGH_FUNDS"),
    Outcome.CANCELLED: ("FAILED", "APPROVAL_REJECTED"),
    Outcome.EXPIRED: ("FAILED", "EXPIRED"),
}
OPERATIONS = {
    "charge": "create",
    "look_up": "retrieve",
    "look_up_by_reference": "retrieve",
    "refund": "refund",
    "look_up_refund": "retrieve_refund",
    "payout": "transfer",
    "look_up_payout": "retrieve_transfer",
    "balance": "balance",
    "check_credentials": "token",
}
CANNOT = {
    "collect": "what the payer approves is taken at once",
    "authorize": "MTN reserves no money",
    "cancel": "a pending prompt cannot be taken back; it ends after about five minutes",
    "customers": "MTN keeps no payers for us",
    "settlements": "MTN has no list of transactions",
    "disputes": "MTN tells of no disputes",
    "amount_at_charge": "an accepted request is answered without a body",
    "mode": "nothing MTN says tells its mode",
    "late_success": "what failed at MTN stays failed",
    "late_reversal": "MTN tells of no reversals",
    "webhook_proof": "nothing signs a callback",
    "webhook_outcome": "a callback is a hint: the status is asked",
}


class _Levers:
    """One account at the simulator, and what its payer, MTN and time do there."""

    def __init__(self, simulator: Simulator, credentials: Credentials) -> None:
        self._simulator = simulator
        told = self.control(
            "/accounts",
            platform="sandbox",
            environment="sandbox",
            settle_seconds=None,
            collection=_product(credentials, "collection"),
            disbursement=_product(credentials, "disbursement"),
            callback_host="127.0.0.1",
        )
        self.account = str(told["id"])

    def control(self, path: str, **body: object) -> dict[str, object]:
        told: dict[str, object] = self._simulator.control("POST", f"/mtn_momo{path}", **body)
        return told

    def end(
        self, _request: ChargeRequest | RefundRequest | PayoutRequest, report: GatewayReport, outcome: Outcome
    ) -> None:
        status, reason = ENDS[outcome]
        self.control(f"/transactions/{report.gateway_payment_id}/end", status=status, reason=reason)

    def listen(self, url: str) -> None:
        self.control("/accounts", id=self.account, callback_host=urlsplit(url).hostname)

    def revoke(self) -> None:
        self.control("/accounts", id=self.account, revoked=True)


def case(simulator: Simulator, http: GatewayHttp) -> Case:
    credentials = _credentials(number())
    levers = _Levers(simulator, credentials)

    def remake(changed: Credentials, *, address: str = simulator.url) -> MtnMomoGateway:
        return MtnMomoGateway(changed, simulator=f"{address}/mtn_momo", http=http)

    return Case(
        name="mtn_momo",
        simulator=simulator,
        http=http,
        gateway=remake(credentials),
        credentials=credentials,
        remake=remake,
        account=levers.account,
        action=NextActionKind.PHONE_PROMPT,
        request_fields={"payer_phone": PAYER},
        operations=OPERATIONS,
        act=levers.end,
        reaches=frozenset(ENDS),
        declined_code="NOT_ENOUGH_FUNDS",
        revoke=levers.revoke,
        verdicts={
            "charge/rate_limit_429": Outcome.NOT_SENT,
            "refund/rate_limit_429": Outcome.NOT_SENT,
            "payout/rate_limit_429": Outcome.NOT_SENT,
            **_without_body("charge", Outcome.REQUIRES_ACTION),
            **_without_body("refund", Outcome.PENDING),
            **_without_body("payout", Outcome.PENDING),
        },
        unlisted_error=(500, '{"code":"SOMETHING_NEW","message":"Something new"}'),
        listen=levers.listen,
        fresh_refund=Outcome.PENDING,
        act_refund=levers.end,
        refund_reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED}),
        destination=Destination(DestinationKind.MOBILE_MONEY, PAYEE),
        bad_destination=Destination(DestinationKind.MOBILE_MONEY, NOBODY),
        fresh_payout=Outcome.PENDING,
        act_payout=levers.end,
        payout_reaches=frozenset({Outcome.SUCCEEDED, Outcome.DECLINED}),
        cannot=CANNOT,
    )


def _credentials(mine: int) -> Credentials:
    return Credentials(
        {
            "platform": "sandbox",
            "target_environment": "sandbox",
            "collection_subscription_key": f"{CANARY}collectionkey{mine}",
            "collection_user": f"{CANARY}collectionuser{mine}",
            "collection_secret": f"{CANARY}collectionsecret{mine}",
            "disbursement_subscription_key": f"{CANARY}disbursementkey{mine}",
            "disbursement_user": f"{CANARY}disbursementuser{mine}",
            "disbursement_secret": f"{CANARY}disbursementsecret{mine}",
            "callback_host": "127.0.0.1",
            "refund_supported": "yes",
        }
    )


def _product(credentials: Credentials, product: str) -> dict[str, str]:
    return {part: credentials.get(f"{product}_{part}") for part in ("subscription_key", "user", "secret")}


def _without_body(operation: str, outcome: Outcome) -> dict[str, Outcome]:
    """What is done to the body of an answer cannot be seen where there is none, and so leaves no doubt."""
    return {f"{operation}/{fault}": outcome for fault in ("drip", "empty", "truncated_json", "unknown_status")}
