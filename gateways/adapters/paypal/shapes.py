"""The fields of PayPal's answers that we read. What is not named here is dropped while parsing and cannot leak."""

from datetime import datetime
from typing import TypeVar

import msgspec

from gateways.http import HttpAnswer

Shape = TypeVar("Shape", bound=msgspec.Struct)
UNREADABLE = (msgspec.MsgspecError, RecursionError)


class Amount(msgspec.Struct, frozen=True):
    value: str
    currency_code: str = ""
    payout_currency: str = msgspec.field(default="", name="currency")

    @property
    def currency(self) -> str:
        """Orders, captures and reports say `currency_code`, payouts say `currency`."""
        return self.currency_code or self.payout_currency


class Link(msgspec.Struct, frozen=True):
    href: str = ""
    rel: str = ""


class StatusDetails(msgspec.Struct, frozen=True):
    reason: str = ""


class Breakdown(msgspec.Struct, frozen=True):
    paypal_fee: Amount | None = None


class RelatedIds(msgspec.Struct, frozen=True):
    order_id: str = ""
    authorization_id: str = ""
    capture_id: str = ""


class Supplement(msgspec.Struct, frozen=True):
    related_ids: RelatedIds = RelatedIds()


class Payment(msgspec.Struct, frozen=True):
    """A capture, an authorization or a refund: PayPal gives them the same skeleton."""

    id: str
    status: str = ""
    status_details: StatusDetails = StatusDetails()
    amount: Amount | None = None
    custom_id: str = ""
    invoice_id: str = ""
    create_time: str = ""
    update_time: str = ""
    seller_receivable_breakdown: Breakdown | None = None
    supplementary_data: Supplement = Supplement()
    links: list[Link] = []

    @property
    def reference(self) -> str:
        return self.custom_id or self.invoice_id

    @property
    def parent_id(self) -> str:
        """The last part of the link upwards: the capture of a refund, the order or authorization of a capture."""
        return last_part(link_of(self.links, "up"))


class Payments(msgspec.Struct, frozen=True):
    authorizations: list[Payment] = []
    captures: list[Payment] = []


class Unit(msgspec.Struct, frozen=True):
    custom_id: str = ""
    invoice_id: str = ""
    amount: Amount | None = None
    payments: Payments = Payments()


class Order(msgspec.Struct, frozen=True):
    id: str
    status: str
    intent: str = ""
    create_time: str = ""
    update_time: str = ""
    purchase_units: list[Unit] = []
    links: list[Link] = []

    @property
    def unit(self) -> Unit:
        return self.purchase_units[0] if self.purchase_units else Unit()

    @property
    def payer_page(self) -> str:
        """`approve`, or `payer-action` where the order was made with a payment source."""
        return link_of(self.links, "payer-action") or link_of(self.links, "approve")


def link_of(links: list[Link], rel: str) -> str:
    return next((link.href for link in links if link.rel == rel), "")


def last_part(href: str) -> str:
    return href.partition("?")[0].rstrip("/").rpartition("/")[2]


def read(answer: HttpAnswer, shape: type[Shape]) -> Shape | None:
    """The answer's body as this shape; None when it is anything else."""
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return None
    return read_bytes(answer.body, shape)


def read_bytes(body: bytes | msgspec.Raw, shape: type[Shape]) -> Shape | None:
    try:
        return msgspec.json.decode(body, type=shape)
    except UNREADABLE:
        return None


def moment(text: str) -> datetime | None:
    """A time with its zone; None for anything else. Reports write +0000, everything else Z."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else None
