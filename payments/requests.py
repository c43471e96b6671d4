"""What a caller may ask for, as it comes over the wire: names in camelCase, amounts in minor units, nothing unknown."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from common.api.body import AmountMinor, CurrencyCode, Metadata, RequestBody
from common.money import MAX_MINOR

SignedAmount = Annotated[int, Meta(ge=-MAX_MINOR, le=MAX_MINOR)]
Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,19}\Z")]
Identifier = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{1,100}\Z")]
OptionalIdentifier = Annotated[str, Meta(pattern=r"^[\x21-\x7e]{0,100}\Z")]
Url = Annotated[str, Meta(pattern=r"^(https?://[^\s<>\"]{1,490})?\Z", max_length=500)]

Purpose = Literal["ticket_sale", "template_sale", "other"]
OwnerTypeName = Literal["organizer", "designer", "platform"]


class LineItem(RequestBody, frozen=True, kw_only=True):
    description: Annotated[str, Meta(min_length=1, max_length=200)]
    unit_price: SignedAmount
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1
    product_url: Url = ""


class Payee(RequestBody, frozen=True, kw_only=True):
    """Whose wallet is credited with the net amount."""

    owner_type: OwnerTypeName
    owner_id: Identifier
    name: Annotated[str, Meta(max_length=200)] = ""


class CreatePayment(RequestBody, frozen=True, kw_only=True):
    amount: AmountMinor
    currency: CurrencyCode
    purpose: Purpose = "other"
    payee: Payee | None = None
    payment_method: Code = "card"
    payment_token: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_]{0,100}\Z", description="The gateway's token.")] = ""
    description: Annotated[str, Meta(max_length=500)] = ""
    order_id: OptionalIdentifier = ""
    event_id: OptionalIdentifier = ""
    external_reference: OptionalIdentifier = ""
    user_id: OptionalIdentifier = ""
    customer_email: Annotated[str, Meta(pattern=r"^([^@\s]{1,64}@[^@\s]{1,189})?\Z")] = ""
    customer_phone: Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{6,14})?\Z")] = ""
    customer_name: Annotated[str, Meta(max_length=200)] = ""
    country: Annotated[str, Meta(pattern=r"^([A-Z]{2})?\Z", description="Of the payer, ISO 3166.")] = ""
    return_url: Url = ""
    gateway: Annotated[str, Meta(pattern=r"^([a-z][a-z0-9_]{0,19})?\Z", description="This one and no other.")] = ""
    preferred_gateways: Annotated[list[Code], Meta(max_length=10)] = msgspec.field(default_factory=list)
    line_items: Annotated[list[LineItem], Meta(max_length=100)] = msgspec.field(default_factory=list)
    metadata: Metadata = msgspec.field(default_factory=dict)
    custom_params: Metadata = msgspec.field(default_factory=dict)
    allow_pending: bool = True


class NamedPayment(RequestBody, frozen=True, kw_only=True):
    transaction_id: Annotated[str, Meta(pattern=r"^pay_[0-9a-f]{32}\Z")]
