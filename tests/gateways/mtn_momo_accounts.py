"""Accounts of MTN MoMo for tests: made up, registered at the simulator, or only in front of a scripted server."""

from typing import Any

from common.money import Money
from gateways.adapters.mtn_momo.gateway import MtnMomoGateway
from gateways.contract import ChargeRequest, Credentials, LookUpRequest
from gateways.http import GatewayHttp
from tests.gateways.cases import CANARY, number
from tests.gateways.scripted import ScriptedServer
from tests.gateways.simulated import Simulator

PAYER = "+46733120001"
# A scripted server says this to every call: a token to the first, and nothing useful to the second.
TOKEN = b'{"access_token":"tok","token_type":"access_token","expires_in":3600}'


def credentials(*, livemode: bool = False, **changes: str) -> Credentials:
    mine = number()
    values = {
        f"{product}_{part}": f"{product}{part}{CANARY}{mine}"
        for product in ("collection", "disbursement")
        for part in ("subscription_key", "user", "secret")
    }
    return Credentials({"platform": "sandbox", "target_environment": "sandbox"} | values | changes, livemode=livemode)


def register(simulator: Simulator, signed: Credentials, **options: Any) -> str:
    """The account's id at the simulator."""
    products = {
        product: {part: signed.get(f"{product}_{part}") for part in ("subscription_key", "user", "secret")}
        for product in ("collection", "disbursement")
    }
    told = simulator.control(
        "POST",
        "/mtn_momo/accounts",
        platform=signed.get("platform"),
        environment=signed.get("target_environment"),
        **{"settle_seconds": None} | options,
        **products,
    )
    return str(told["id"])


def adapter(signed: Credentials, *, address: str, http: GatewayHttp) -> MtnMomoGateway:
    return MtnMomoGateway(signed, simulator=address, http=http)


def asking(request: Any, report: Any = None) -> LookUpRequest:
    keep = report.keep if report is not None else {}
    return LookUpRequest(
        request.reference, report.gateway_payment_id if report else "", amount=request.amount, keep=keep
    )


def wanted(**changes: Any) -> ChargeRequest:
    plain: dict[str, Any] = {"reference": f"att-{number()}", "amount": Money(13_37, "EUR"), "payer_phone": PAYER}
    return ChargeRequest(**plain | changes)


def sent(scripted: ScriptedServer) -> list[tuple[str, dict[str, str], bytes]]:
    """Request line, headers in lower case and body of every request."""
    requests = []
    for request in scripted.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        requests.append(
            (first, {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}, body)
        )
    return requests
