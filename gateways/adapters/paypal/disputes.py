"""What a dispute means for us: a case of its own, open until PayPal resolves it. The loss itself is a reversal."""

import msgspec

from gateways.adapters.paypal.amounts import read_or_none
from gateways.adapters.paypal.shapes import Amount, moment
from gateways.contract import GatewayReport, Outcome, Subject

_OPEN = frozenset({"OPEN", "WAITING_FOR_BUYER_RESPONSE", "WAITING_FOR_SELLER_RESPONSE", "UNDER_REVIEW", "OTHER"})
# RESOLVED_WITH_PAYOUT: PayPal paid the buyer, not we.
_OURS = frozenset({"RESOLVED_SELLER_FAVOUR", "CANCELED_BY_BUYER", "DENIED", "RESOLVED_WITH_PAYOUT"})
_THEIRS = frozenset({"RESOLVED_BUYER_FAVOUR", "ACCEPTED"})


class Disputed(msgspec.Struct, frozen=True):
    seller_transaction_id: str = ""
    custom: str = ""
    invoice_number: str = ""


class Verdict(msgspec.Struct, frozen=True):
    outcome_code: str = ""


class Dispute(msgspec.Struct, frozen=True):
    dispute_id: str
    status: str = ""
    reason: str = ""
    dispute_life_cycle_stage: str = ""
    create_time: str = ""
    update_time: str = ""
    seller_response_due_date: str = ""
    dispute_amount: Amount | None = None
    dispute_outcome: Verdict = Verdict()
    disputed_transactions: list[Disputed] = []

    @property
    def transaction(self) -> Disputed:
        return self.disputed_transactions[0] if self.disputed_transactions else Disputed()


def report_dispute(dispute: Dispute, *, payment_id: str = "", request_id: str = "") -> GatewayReport:
    """`about` is the order's id where the caller knows it, else the capture's."""
    outcome = _outcome(dispute)
    told = dispute.transaction
    return GatewayReport(
        outcome=outcome,
        subject=Subject.DISPUTE,
        gateway_payment_id=dispute.dispute_id,
        about=payment_id or told.seller_transaction_id,
        reference=told.custom or told.invoice_number,
        amount=read_or_none(dispute.dispute_amount),
        occurred_at=moment(dispute.update_time or dispute.create_time),
        keep={"capture_id": told.seller_transaction_id} if told.seller_transaction_id else {},
        error_code="unlisted_status" if outcome is Outcome.UNKNOWN else "",
        gateway_status="/".join(part for part in (dispute.status, dispute.dispute_outcome.outcome_code) if part),
        request_id=request_id,
        raw={
            "id": dispute.dispute_id,
            "status": dispute.status,
            "outcome": dispute.dispute_outcome.outcome_code,
            "reason": dispute.reason,
            "stage": dispute.dispute_life_cycle_stage,
            "answer_due": dispute.seller_response_due_date,
            "capture": told.seller_transaction_id,
        },
    )


def _outcome(dispute: Dispute) -> Outcome:
    if dispute.status in _OPEN:
        return Outcome.PENDING
    if dispute.status != "RESOLVED":
        return Outcome.UNKNOWN
    code = dispute.dispute_outcome.outcome_code
    if code in _OURS:
        return Outcome.SUCCEEDED
    return Outcome.REVERSED if code in _THEIRS else Outcome.UNKNOWN
