"""Customers and the cards that Paystack keeps for them. A card is charged by its code and their e-mail address."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateways.adapters.paystack.answers import has_worked, usable, why_unread
from gateways.adapters.paystack.client import PaystackApi
from gateways.contract import SavedMethod
from gateways.errors import OutcomeUnknown


class _Customer(msgspec.Struct, frozen=True):
    customer_code: str


class _Authorization(msgspec.Struct, frozen=True):
    authorization_code: str
    reusable: bool | int | None = None
    channel: str | None = None
    brand: str | None = None
    card_type: str | None = None
    last4: str | None = None
    exp_month: str | None = None
    exp_year: str | None = None


class _Authorizations(msgspec.Struct, frozen=True):
    authorizations: list[_Authorization]


def create_customer(api: PaystackApi, *, reference: str, email: str, name: str) -> str:
    first, _, last = name.strip().partition(" ")
    fields: dict[str, Any] = {"email": email}
    fields |= {field: value for field, value in (("first_name", first), ("last_name", last)) if value}
    # The metadata of a customer is text, unlike everywhere else.
    fields["metadata"] = msgspec.json.encode({"reference": reference}).decode()
    return usable(api.write("create_customer", "customer", fields=fields), _Customer).customer_code


def saved_methods(api: PaystackApi, customer: str) -> Sequence[SavedMethod]:
    """Only those that may be charged again; the others were good for one payment."""
    found = usable(api.read("fetch_customer", "customer", customer), _Authorizations)
    return [_method(each) for each in found.authorizations if each.reusable]


def forget_method(api: PaystackApi, token: str) -> None:
    answer = api.write(
        "deactivate_authorization", "customer", "authorization", "deactivate", fields={"authorization_code": token}
    )
    if not has_worked(answer):
        raise OutcomeUnknown(why_unread(answer), f"HTTP {answer.status}")


def _method(each: _Authorization) -> SavedMethod:
    brand = (each.brand or each.card_type or "").strip().title()
    expires = f"{each.exp_year}-{each.exp_month:0>2}" if each.exp_year and each.exp_month else ""
    label = " ".join(part for part in (brand, f"•••• {each.last4}" if each.last4 else "") if part)
    return SavedMethod(each.authorization_code, each.channel or "card", label, expires)
