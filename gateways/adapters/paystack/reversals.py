"""Why a transaction is `reversed`: a refund of ours, a dispute that was lost, or neither.

The status is the same for all three. What our own refund or a dispute explains is told by those, so the charge itself
is reported as the success it was; else it would be taken back twice.
"""

import dataclasses

import msgspec

from gateways.adapters.paystack.answers import NOT_FOUND, data_of, why_unread
from gateways.adapters.paystack.client import PaystackApi
from gateways.adapters.paystack.disputes import is_lost
from gateways.adapters.paystack.refunds import refunds_of
from gateways.adapters.paystack.transactions import Transaction, money
from gateways.contract import GatewayReport, Outcome
from gateways.errors import NoAnswer, OutcomeUnknown


class _Dispute(msgspec.Struct, frozen=True):
    status: str
    resolution: str | None = None


def explained(api: PaystackApi, transaction: Transaction, report: GatewayReport) -> GatewayReport:
    """The report with what refunds and disputes say about the reversal; UNKNOWN when they could not be asked."""
    try:
        is_explained = _is_refunded(api, transaction) or _is_charged_back(api, transaction)
    except NoAnswer as failure:
        return dataclasses.replace(
            report, outcome=Outcome.UNKNOWN, error_code=failure.reason, error_message=failure.detail
        )
    return dataclasses.replace(report, outcome=Outcome.SUCCEEDED) if is_explained else report


def _is_refunded(api: PaystackApi, transaction: Transaction) -> bool:
    done = [row for row in refunds_of(api, transaction_id=str(transaction.id)) if row.status == "processed"]
    amounts = [money(row.amount, row.currency) for row in done]
    debited = money(transaction.amount, transaction.currency)
    if debited is None or not amounts or None in amounts:
        return False
    back = sum(amount.minor for amount in amounts if amount is not None)
    wanted = money(transaction.requested_amount, transaction.currency) or debited
    return back >= min(debited, wanted).minor


def _is_charged_back(api: PaystackApi, transaction: Transaction) -> bool:
    answer = api.read("transaction_disputes", "dispute", "transaction", str(transaction.id))
    dispute = data_of(answer, _Dispute)
    if dispute is None:
        if (code := why_unread(answer)) == NOT_FOUND:
            return False
        raise OutcomeUnknown(code, f"HTTP {answer.status}")
    return is_lost(dispute.status, dispute.resolution)
