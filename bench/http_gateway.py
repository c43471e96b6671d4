"""Three gateways that are called over real HTTP, by the service's own client with its places, deadlines and circuit.

All that they say is whether they answered. Where each listens comes from BENCH_GATEWAYS, as JSON of name and port.
"""

import json
import os
from collections.abc import Mapping
from datetime import timedelta

from bench.contents import HTTP_GATEWAYS
from bench.null_gateway import intent_id_of
from gateways.adapters.stripe.error_table import ERRORS
from gateways.contract import (
    ChargeRequest,
    Credentials,
    ErrorEntry,
    GatewayProfile,
    GatewayReport,
    LookUpRequest,
    NextAction,
    NextActionKind,
    Outcome,
    WebhookTrust,
)
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import GatewayHttp, shared_http
from gateways.registry import Adapter


class HttpGateway:
    profile: GatewayProfile
    errors: Mapping[str, ErrorEntry] = ERRORS

    def __init__(self, credentials: Credentials, *, simulator: str = "", http: GatewayHttp | None = None) -> None:
        code = self.profile.code
        self._http = http or shared_http(code)
        self._address = f"http://127.0.0.1:{json.loads(os.environ['BENCH_GATEWAYS'])[code]}/charges"

    def charge(self, request: ChargeRequest) -> GatewayReport:
        try:
            self._http.request(operation="charge", method="POST", url=self._address, headers={}, body=b"{}")
        except NotSent as failure:
            return GatewayReport(Outcome.NOT_SENT, error_code=failure.reason)
        except OutcomeUnknown as failure:
            return GatewayReport(Outcome.UNKNOWN, error_code=failure.reason)
        intent_id = intent_id_of(request.reference)
        return GatewayReport(
            Outcome.REQUIRES_ACTION,
            gateway_payment_id=intent_id,
            reference=request.reference,
            amount=request.amount,
            livemode=False,
            next_action=NextAction(NextActionKind.CLIENT_SECRET, f"{intent_id}_secret_bench"),
            gateway_status="requires_action",
        )

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return GatewayReport(Outcome.PENDING, gateway_payment_id=request.gateway_payment_id)


def adapters() -> dict[str, type[Adapter]]:
    """One class for each name: what is shared per gateway is shared per code."""
    return {name: type(name, (HttpGateway,), {"profile": _profile(name)}) for name in HTTP_GATEWAYS}


def _profile(name: str) -> GatewayProfile:
    return GatewayProfile(
        code=name,
        display_name=name,
        webhook_trust=WebhookTrust.SIGNED,
        methods=frozenset({"card"}),
        currencies=frozenset({"EUR"}),
        key_retention=timedelta(hours=24),
    )
