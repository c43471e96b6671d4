"""Customers and the methods of payment that Stripe keeps for them. We keep its ids and show the last digits."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from gateways.adapters.stripe.base import StripeAccount
from gateways.adapters.stripe.client import path_of
from gateways.adapters.stripe.lists import PAGE_SIZE, UNREADABLE, Page
from gateways.adapters.stripe.refusals import error_code_of, is_json, no_use
from gateways.contract import SavedMethod
from gateways.errors import OutcomeUnknown
from gateways.http import HttpAnswer

Read = TypeVar("Read")


class _Customer(msgspec.Struct, frozen=True):
    id: str
    object: str


class _Card(msgspec.Struct, frozen=True):
    brand: str = ""
    last4: str = ""
    exp_month: int = 0
    exp_year: int = 0


class _Method(msgspec.Struct, frozen=True):
    id: str
    type: str
    card: _Card | None = None


_read_customer = msgspec.json.Decoder(_Customer).decode
_read_methods = msgspec.json.Decoder(Page[_Method]).decode


class KeepingCustomers(StripeAccount):
    def create_customer(self, *, reference: str, email: str, name: str) -> str:
        wanted = {"email": email, "name": name}
        fields = {"metadata": {"reference": reference}} | {key: value for key, value in wanted.items() if value}
        answer = self._api.post("/v1/customers", fields, idempotency_key=f"customer:{reference}:create")
        customer = read_or_raise(answer, _read_customer)
        if customer.object != "customer":
            raise OutcomeUnknown("unreadable_answer", "not a customer")
        return customer.id

    def saved_methods(self, customer: str) -> Sequence[SavedMethod]:
        answer = self._api.get("/v1/payment_methods", {"customer": customer, "limit": PAGE_SIZE})
        return [_saved(method) for method in read_or_raise(answer, _read_methods).data]

    def forget_method(self, token: str) -> None:
        """Detach it: it can never be charged again. What is not there any more counts as forgotten."""
        path = path_of("payment_methods", token, "detach")
        answer = self._api.post(path, {}, idempotency_key=f"forget:{token}")
        if answer.status != 200 and (answer.status, error_code_of(answer)) != (404, "resource_missing"):
            raise no_use(answer)


def read_or_raise(answer: HttpAnswer, decode: Callable[[bytes], Read]) -> Read:
    """The object of an answer. Raises NotSent or OutcomeUnknown where there is none."""
    if answer.status != 200:
        raise no_use(answer)
    if not is_json(answer):
        raise OutcomeUnknown("unreadable_answer", "HTTP 200 without JSON")
    try:
        return decode(answer.body)
    except UNREADABLE as odd:
        raise OutcomeUnknown("unreadable_answer", type(odd).__name__) from None


def _saved(method: _Method) -> SavedMethod:
    card = method.card
    if card is None:
        return SavedMethod(method.id, kind=method.type, label=method.type)
    expires = f"{card.exp_year:04d}-{card.exp_month:02d}" if card.exp_year else ""
    return SavedMethod(method.id, kind=method.type, label=f"{card.brand} •••• {card.last4}", expires=expires)
