"""Who a transfer goes to. Paystack answers the same account or phone with the same recipient: asking is safe."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from gateways.adapters.paystack.answers import Refusal, data_of, refusal_of
from gateways.adapters.paystack.client import PaystackApi
from gateways.contract import Destination, DestinationKind, Outcome, PayoutRequest
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import HttpAnswer

_BANK_TYPES = {"GHS": "ghipss", "KES": "kepss", "NGN": "nuban", "ZAR": "basa"}
_MOBILE_CURRENCIES = frozenset(["GHS", "KES", "XOF"])
# Country code -> what the national number begins with.
_NATIONAL = {"+233": "0", "+254": "0", "+225": ""}
# How Paystack's published test numbers are written.
_USUAL = {"GHS": "national", "KES": "international", "XOF": "national"}
_CODE = re.compile(r"RCP_[A-Za-z0-9]{1,60}")
_FINALS = frozenset({"account_not_resolved", "invalid_transfer_recipient", "invalid_params"})


@dataclass
class RecipientRefused(Exception):
    """Paystack will not pay to this destination. Nothing was sent to anybody."""

    refusal: Refusal
    answer: HttpAnswer


class _Recipient(msgspec.Struct, frozen=True):
    recipient_code: str


def recipient_code(api: PaystackApi, request: PayoutRequest) -> str:
    """Raises NotSent when there is none to be had, since then no transfer is sent, and RecipientRefused."""
    destination = request.destination
    if destination.kind is DestinationKind.GATEWAY_RECIPIENT:
        if _CODE.fullmatch(destination.value) is None:
            raise NotSent("destination_not_supported", "not the code of a Paystack recipient")
        return destination.value
    fields = _fields(api, destination, currency=request.amount.currency)
    try:
        answer = api.write("recipient", "transferrecipient", fields=fields)
    except OutcomeUnknown as failure:
        raise NotSent("recipient_unavailable", failure.reason) from None
    return _code_in(answer)


def _code_in(answer: HttpAnswer) -> str:
    found = data_of(answer, _Recipient)
    if found is not None and _CODE.fullmatch(found.recipient_code):
        return found.recipient_code
    refusal = refusal_of(answer, finals=_FINALS)
    if refusal.outcome is Outcome.DECLINED:
        code = "invalid_transfer_recipient" if refusal.code == "invalid_params" else refusal.code
        raise RecipientRefused(Refusal(Outcome.DECLINED, code, refusal.message), answer)
    raise NotSent("recipient_unavailable" if refusal.outcome is Outcome.UNKNOWN else refusal.code, refusal.message)


def _fields(api: PaystackApi, destination: Destination, *, currency: str) -> dict[str, Any]:
    match destination.kind:
        case DestinationKind.BANK_ACCOUNT if currency in _BANK_TYPES and destination.bank_code:
            kind, number, bank = _BANK_TYPES[currency], destination.value, destination.bank_code
        case DestinationKind.MOBILE_MONEY if currency in _MOBILE_CURRENCIES and destination.network:
            form = api.setting("mobile_money_numbers") or _USUAL[currency]
            kind, number, bank = "mobile_money", _number(destination.value, form=form), destination.network.upper()
        case _:
            raise NotSent("destination_not_supported", f"{destination.kind} in {currency}, or its bank is missing")
    return {
        "type": kind,
        "name": destination.name or "Payee",
        "account_number": number,
        "bank_code": bank,
        "currency": currency,
    }


def _number(value: str, *, form: str) -> str:
    """Our numbers begin with + and the country code; Paystack wants them so or as they are dialled at home."""
    for prefix, trunk in _NATIONAL.items():
        if form == "national" and value.startswith(prefix):
            return trunk + value.removeprefix(prefix)
    return value
