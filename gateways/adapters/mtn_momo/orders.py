"""What we ask MTN for, as the bodies it takes. Everything that cannot be asked is refused here, before it is sent."""

from urllib.parse import urlsplit

import msgspec

from common.money import Money
from gateways.adapters.mtn_momo.amounts import to_wire
from gateways.adapters.mtn_momo.environments import SANDBOX
from gateways.adapters.mtn_momo.numbers import NumberUnusable, msisdn
from gateways.adapters.mtn_momo.options import Options
from gateways.adapters.mtn_momo.wording import note
from gateways.amounts import AmountNotRepresentable
from gateways.contract import ChargeRequest, Destination, DestinationKind, PayoutRequest, RefundRequest
from gateways.errors import NotSent


def charge_order(request: ChargeRequest, options: Options) -> bytes:
    """Raises NotSent, as all here do."""
    return _encoded(
        _money(request.amount, options)
        | {"externalId": request.reference, "payer": _party(request.payer_phone, options)}
        | _notes(request.description, request.reference, otherwise="Payment")
    )


def payout_order(request: PayoutRequest, options: Options) -> bytes:
    phone = _phone_of(request.destination, options)
    return _encoded(
        _money(request.amount, options)
        | {"externalId": request.reference, "payee": _party(phone, options)}
        | _notes(request.description, request.reference, otherwise="Payout")
    )


def refund_order(request: RefundRequest, options: Options, *, charge_id: str) -> bytes:
    return _encoded(
        _money(request.amount, options)
        | {"externalId": request.reference, "referenceIdToRefund": charge_id}
        | _notes(request.reason, request.reference, otherwise="Refund")
    )


def transfer_back_order(request: RefundRequest, options: Options) -> bytes:
    """A refund as a plain transfer to who paid, where MTN's own refund is not to be had."""
    return _encoded(
        _money(request.amount, options)
        | {"externalId": request.reference, "payee": _party(request.payer_phone, options)}
        | _notes(request.reason, request.reference, otherwise="Refund")
    )


def callback_url(webhook_url: str, options: Options) -> str:
    """Where MTN shall call back; empty for not at all. Another host than the registered one would be refused."""
    try:
        parts = urlsplit(webhook_url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    is_sandbox = options.environment.name == SANDBOX
    if not options.callback_host or host != options.callback_host or (parts.scheme != "https" and not is_sandbox):
        return ""
    return webhook_url


def _money(amount: Money, options: Options) -> dict[str, object]:
    try:
        text = to_wire(amount)
    except AmountNotRepresentable as refused:
        raise NotSent("amount_not_representable", str(refused)) from None
    if amount.currency not in options.environment.currencies:
        raise NotSent("currency_not_of_environment", f"{options.environment.name} does not take {amount.currency}")
    return {"amount": text, "currency": amount.currency}


def _party(phone: str, options: Options) -> dict[str, str]:
    try:
        number = msisdn(phone, environment=options.environment, benin_digits=options.benin_digits)
    except NumberUnusable as refused:
        raise NotSent("phone_unusable", str(refused)) from None
    return {"partyIdType": "MSISDN", "partyId": number}


def _phone_of(destination: Destination, options: Options) -> str:
    if destination.kind is not DestinationKind.MOBILE_MONEY:
        raise NotSent("destination_not_supported", f"{destination.kind} is not a mobile money account")
    country = options.environment.country
    if country and destination.country and destination.country != country:
        raise NotSent("destination_not_supported", f"this account pays out in {country} only")
    return destination.value


def _notes(message: str, reference: str, *, otherwise: str) -> dict[str, object]:
    return {"payerMessage": note(message, otherwise=otherwise), "payeeNote": note(reference, otherwise=otherwise)}


def _encoded(order: dict[str, object]) -> bytes:
    return msgspec.json.encode(order)
