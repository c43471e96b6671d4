"""What a payout means for us: a batch of one item. A batch that ended says nothing; its item does."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from gateways.adapters.paypal.amounts import read_or_none
from gateways.adapters.paypal.error_table import REFUSALS
from gateways.adapters.paypal.refusals import Detail, ErrorBody
from gateways.adapters.paypal.shapes import Amount, last_part, moment
from gateways.contract import GatewayReport, Outcome, Subject

ITEMS: Mapping[str, Outcome] = MappingProxyType(
    {
        "SUCCESS": Outcome.SUCCEEDED,
        "PENDING": Outcome.PENDING,
        "UNCLAIMED": Outcome.PENDING,
        "ONHOLD": Outcome.PENDING,
        "HELD": Outcome.PENDING,
        "FAILED": Outcome.DECLINED,
        "BLOCKED": Outcome.DECLINED,
        "DENIED": Outcome.DECLINED,
        "CANCELED": Outcome.CANCELLED,
        # The money left our balance and came back.
        "RETURNED": Outcome.REVERSED,
        "REFUNDED": Outcome.REVERSED,
        "REVERSED": Outcome.REVERSED,
    }
)
# Of a batch that shows no item. SUCCESS is missing on purpose: it means only that PayPal went through the items.
BATCHES: Mapping[str, Outcome] = MappingProxyType(
    {
        "NEW": Outcome.PENDING,
        "PENDING": Outcome.PENDING,
        "PROCESSING": Outcome.PENDING,
        "DENIED": Outcome.DECLINED,
        "CANCELED": Outcome.CANCELLED,
    }
)
_CODES = {
    Outcome.DECLINED: "payout_failed",
    Outcome.REVERSED: "payout_returned",
    Outcome.UNKNOWN: "unlisted_status",
}


class SenderHeader(msgspec.Struct, frozen=True):
    sender_batch_id: str = ""


class BatchHeader(msgspec.Struct, frozen=True):
    payout_batch_id: str
    batch_status: str = ""
    time_created: str = ""
    sender_batch_header: SenderHeader = SenderHeader()
    amount: Amount | None = None


class Sent(msgspec.Struct, frozen=True):
    """What of the item we had asked for. The receiver is left out: it is an e-mail address."""

    amount: Amount | None = None
    sender_item_id: str = ""


class ItemError(msgspec.Struct, frozen=True):
    name: str = ""
    message: str = ""


class Item(msgspec.Struct, frozen=True):
    payout_item_id: str
    payout_batch_id: str = ""
    transaction_id: str = ""
    transaction_status: str = ""
    payout_item_fee: Amount | None = None
    payout_item: Sent = Sent()
    sender_batch_id: str = ""
    time_processed: str = ""
    errors: ItemError | None = None


class Batch(msgspec.Struct, frozen=True):
    batch_header: BatchHeader
    items: list[Item] = []


def report_batch(batch: Batch, *, request_id: str = "") -> GatewayReport:
    """By its one item; a batch with more than one is not ours."""
    header = batch.batch_header
    if len(batch.items) == 1:
        return report_item(batch.items[0], batch_id=header.payout_batch_id, request_id=request_id)
    outcome = BATCHES.get(header.batch_status, Outcome.UNKNOWN) if not batch.items else Outcome.UNKNOWN
    return GatewayReport(
        outcome=outcome,
        subject=Subject.PAYOUT,
        gateway_payment_id=header.payout_batch_id,
        reference=header.sender_batch_header.sender_batch_id,
        amount=read_or_none(header.amount),
        occurred_at=moment(header.time_created),
        error_code="contradiction" if batch.items else _CODES.get(outcome, ""),
        gateway_status=header.batch_status,
        request_id=request_id,
        raw={"batch": header.payout_batch_id, "batch_status": header.batch_status},
    )


def report_item(item: Item, *, batch_id: str = "", request_id: str = "") -> GatewayReport:
    outcome = ITEMS.get(item.transaction_status, Outcome.UNKNOWN)
    return GatewayReport(
        outcome=outcome,
        subject=Subject.PAYOUT,
        gateway_payment_id=batch_id or item.payout_batch_id,
        reference=item.payout_item.sender_item_id or item.sender_batch_id,
        amount=read_or_none(item.payout_item.amount),
        occurred_at=moment(item.time_processed),
        fee=read_or_none(item.payout_item_fee) if outcome is Outcome.SUCCEEDED else None,
        keep={"item_id": item.payout_item_id},
        error_code=_code(item, outcome),
        error_message=item.errors.message[:300] if item.errors and outcome in _CODES else "",
        gateway_status=item.transaction_status,
        request_id=request_id,
        raw={
            "item": item.payout_item_id,
            "transaction": item.transaction_id,
            "status": item.transaction_status,
            "error": item.errors.name if item.errors else "",
        },
    )


def first_batch_of(error: ErrorBody) -> str:
    """The id of the batch that has our `sender_batch_id` already; empty when the refusal is about something else."""
    if error.name != "USER_BUSINESS_ERROR":
        return ""
    detail = error.details[0] if error.details else Detail()
    links = detail.link or error.links
    is_duplicate = detail.field.upper() == "SENDER_BATCH_ID" and bool(links)
    return last_part(links[0].href) if is_duplicate else ""


def _code(item: Item, outcome: Outcome) -> str:
    name = item.errors.name if item.errors else ""
    return name if outcome is Outcome.DECLINED and name in REFUSALS else _CODES.get(outcome, "")
