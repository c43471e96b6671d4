"""A gateway without a network: it accepts every charge at once, and its webhooks are signed and shaped as Stripe's.

What is left in a measurement is the service's own cost. Ids are made from our reference, so that a webhook can be
written for a payment from the answer to its creation.
"""

from collections.abc import Mapping
from datetime import timedelta

from gateways.adapters.stripe import webhooks
from gateways.adapters.stripe.error_table import ERRORS
from gateways.contract import (
    ChargeRequest,
    Credentials,
    ErrorEntry,
    GatewayProfile,
    GatewayReport,
    IncomingWebhook,
    LookUpRequest,
    NextAction,
    NextActionKind,
    Outcome,
    WebhookEnvelope,
    WebhookTrust,
)
from gateways.http import GatewayHttp


class NullGateway:
    profile = GatewayProfile(
        code="bench",
        display_name="Benchmark",
        webhook_trust=WebhookTrust.SIGNED,
        methods=frozenset({"card"}),
        currencies=frozenset({"EUR"}),
        key_retention=timedelta(hours=24),
    )

    errors: Mapping[str, ErrorEntry] = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        self._credentials = credentials

    def charge(self, request: ChargeRequest) -> GatewayReport:
        intent_id = intent_id_of(request.reference)
        return GatewayReport(
            Outcome.REQUIRES_ACTION,
            gateway_payment_id=intent_id,
            reference=request.reference,
            amount=request.amount,
            livemode=False,
            next_action=NextAction(NextActionKind.CLIENT_SECRET, f"{intent_id}_secret_bench"),
            gateway_status="requires_action",
            raw={"id": intent_id, "status": "requires_action", "amount": request.amount.minor, "currency": "eur"},
        )

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return GatewayReport(Outcome.PENDING, gateway_payment_id=request.gateway_payment_id)

    def verify_webhook(self, webhook: IncomingWebhook) -> WebhookEnvelope:
        return webhooks.verify(webhook, credentials=self._credentials)

    def parse_webhook(self, body: bytes, query: str = "") -> GatewayReport | None:
        return webhooks.parse(body)


def intent_id_of(reference: str) -> str:
    return f"pi_{reference.removeprefix('att_')}"
