"""A gateway that does what the test says while it is being called: for what happens during a call, not after it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateways import registry
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.contract import ChargeRequest, GatewayReport, LookUpRequest, Outcome

_UNKNOWN = GatewayReport(Outcome.UNKNOWN, error_code="not_found")


class ScriptedGateway:
    profile = StripeGateway.profile
    errors = StripeGateway.errors

    def __init__(self, code: str = "stripe", **declared: Any) -> None:
        self.profile = replace(StripeGateway.profile, code=code, **declared)
        self.charged: list[ChargeRequest] = []
        self.on_charge: Callable[[ChargeRequest], GatewayReport] = lambda _: _UNKNOWN
        self.on_look_up: Callable[[LookUpRequest], GatewayReport] = lambda _: _UNKNOWN
        self.on_cancel: Callable[[LookUpRequest], GatewayReport] = lambda _: _UNKNOWN

    def charge(self, request: ChargeRequest) -> GatewayReport:
        self.charged.append(request)
        return self.on_charge(request)

    def look_up(self, request: LookUpRequest) -> GatewayReport:
        return self.on_look_up(request)

    def cancel(self, request: LookUpRequest) -> GatewayReport:
        return self.on_cancel(request)


def install(monkeypatch: pytest.MonkeyPatch, code: str = "stripe", **declared: Any) -> ScriptedGateway:
    """`declared` are fields of its profile that are not as Stripe declares them."""
    gateway = ScriptedGateway(code, **declared)
    made = type("Scripted", (ScriptedGateway,), {"__new__": lambda *_, **__: gateway, "profile": gateway.profile})
    monkeypatch.setitem(registry.ADAPTERS, code, made)
    return gateway
