"""A draft: everything decided about a new payment before anything is written or sent."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from commissions.pricing import Priced, Rate, price
from commissions.selectors import terms_for
from common import currencies, ids
from common.errors import Invalid
from common.ids import uuid7
from common.money import Money
from gateways.accounts import webhook_address
from gateways.contract import ChargeRequest
from gateways.models import GatewayAccount
from gateways.registry import PROFILES
from gateways.routing import Choice, Wanted, choose
from payments.models import PaymentAttempt
from payments.requests import CreatePayment, Payee
from payments.selectors import success_rates
from tenants.principal import Principal
from wallets.wallets import Owner

_PLATFORM = Payee(owner_type="platform", owner_id="platform", name="Platform")


class InvalidPayment(Invalid):
    code = "VALIDATION_ERROR"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is going to be written and sent: priced and routed."""

    public_id: UUID
    reference_id: UUID
    priced: Priced
    version_id: int | None
    payee: Payee
    choice: Choice
    request: CreatePayment
    created_at: datetime
    expires_at: datetime

    @property
    def account(self) -> GatewayAccount:
        return self.choice.account

    @property
    def owner(self) -> Owner:
        return Owner(self.payee.owner_type, self.payee.owner_id, self.payee.name)

    @property
    def order_claim(self) -> str | None:
        return f"{self.request.purpose}:{self.request.order_id}" if self.request.order_id else None


def prepare(request: CreatePayment, *, principal: Principal, now: datetime) -> Draft:
    """Price it and choose the gateway.

    Raises InvalidPayment, NoCommissionPlan, NoGatewayAvailable, GatewaysDown.
    """
    amount = _amount(request)
    _check_lines(request)
    payee = _payee(request)
    tenant_id = principal.tenant.pk
    priced, version_id = _price(amount, request=request, payee=payee, tenant_id=tenant_id, now=now)
    choice = choose(
        Wanted(
            tenant_id=tenant_id,
            livemode=principal.tenant.livemode,
            amount=amount,
            method=request.payment_method,
            country=request.country,
            preferred=tuple(request.preferred_gateways),
            only=request.gateway,
            given=_given(request),
            rates=success_rates(tenant_id),
        )
    )
    choice.require_up(now)
    return Draft(
        public_id=uuid7(),
        reference_id=uuid7(),
        priced=priced,
        version_id=version_id,
        payee=payee,
        choice=choice,
        request=request,
        created_at=now,
        expires_at=now + PROFILES[choice.account.gateway].payer_has,
    )


def first_charge(draft: Draft) -> ChargeRequest:
    request = draft.request
    return charge_request(
        reference=ids.show(ids.ATTEMPT, draft.reference_id),
        amount=draft.priced.gross,
        account=draft.account,
        description=request.description,
        method=request.payment_method,
        payment_method=request.payment_token,
        payer_email=request.customer_email,
        payer_phone=request.customer_phone,
        payer_name=request.customer_name,
        country=request.country,
        return_url=request.return_url,
        expires_at=draft.expires_at,
    )


def same_charge(attempt: PaymentAttempt) -> ChargeRequest:
    """The call of an attempt, from stored columns alone, so that a resend is the same to the byte."""
    payment = attempt.payment
    return charge_request(
        reference=attempt.reference,
        amount=payment.amount,
        account=attempt.gateway_account,
        description=payment.description,
        method=payment.payment_method,
        payment_method=payment.payment_token,
        payer_email=payment.payer_email,
        payer_phone=payment.payer_phone,
        payer_name=payment.payer_name,
        country=payment.country,
        return_url=payment.return_url,
        expires_at=payment.expires_at,
    )


def charge_request(*, reference: str, amount: Money, account: GatewayAccount, **fields: Any) -> ChargeRequest:
    """`fields` by the names of ChargeRequest; who leaves the gateway's page without paying comes back the same way."""
    return ChargeRequest(
        reference=reference,
        amount=amount,
        webhook_url=webhook_address(account),
        cancel_url=fields["return_url"],
        **fields,
    )


def _given(request: CreatePayment) -> frozenset[str]:
    """Which fields of the charge the caller filled, by the names of ChargeRequest."""
    values = {
        "payer_phone": request.customer_phone,
        "payer_email": request.customer_email,
        "payer_name": request.customer_name,
        "country": request.country,
        "return_url": request.return_url,
    }
    return frozenset(name for name, value in values.items() if value)


def commission_lines(priced: Priced) -> list[dict[str, Any]]:
    return [{"kind": line.kind.value, "amount": line.amount.minor, "basis": line.basis} for line in priced.lines]


def line_items(request: CreatePayment) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = msgspec.to_builtins(request.line_items)
    return items


def _amount(request: CreatePayment) -> Money:
    if not currencies.is_known(request.currency):
        raise InvalidPayment(
            f"{request.currency} is not a currency this service knows.",
            details=[{"field": "$.currency", "message": "not an ISO 4217 currency"}],
        )
    return Money(request.amount, request.currency)


def _check_lines(request: CreatePayment) -> None:
    total = sum(item.unit_price * item.quantity for item in request.line_items)
    if request.line_items and total != request.amount:
        raise InvalidPayment(
            f"The line items sum to {total}, the amount is {request.amount}.",
            details=[{"field": "$.lineItems", "message": f"sums to {total}, not {request.amount}"}],
        )


def _payee(request: CreatePayment) -> Payee:
    if request.payee is not None:
        return request.payee
    if request.purpose != "other":
        raise InvalidPayment(
            f"A {request.purpose} needs a payee: whose wallet is credited.",
            details=[{"field": "$.payee", "message": f"required when purpose is {request.purpose}"}],
        )
    return _PLATFORM


def _price(
    amount: Money, *, request: CreatePayment, payee: Payee, tenant_id: int, now: datetime
) -> tuple[Priced, int | None]:
    """What the platform sells itself carries no commission: all of it is the platform's."""
    if payee.owner_type == "platform":
        return price(amount, rate=Rate(percent=Decimal(0))), None
    terms = terms_for(
        tenant_id=tenant_id,
        commission_type=request.purpose,
        currency=amount.currency,
        owner_type=payee.owner_type,
        owner_id=payee.owner_id,
        at=now,
    )
    return price(amount, rate=terms.rate), terms.version_id
