"""MTN's callbacks: nothing signs them, so the form is checked and only that something happened is believed."""

import msgspec

from gateways.adapters.mtn_momo.statuses import Known, Party, Reason, Transaction, report_transaction
from gateways.adapters.mtn_momo.wording import reference_id
from gateways.contract import GatewayReport, IncomingWebhook, Subject, WebhookEnvelope, WebhookRefused

_BODY_BYTES_MAX = 16 * 1024
_REFERENCE_LENGTH_MAX = 255


class _Callback(msgspec.Struct, frozen=True, rename="camel"):
    """What a callback may hold. Some tell of the status under another name; it is asked for anyway."""

    external_id: str
    status: str = ""
    transaction_status: str = ""
    amount: str = ""
    currency: str = ""
    reason: str | Reason | None = None
    payer: Party | None = None
    payee: Party | None = None

    def __repr__(self) -> str:
        return "_Callback()"


_read_callback = msgspec.json.Decoder(_Callback).decode
_UNREADABLE = (msgspec.MsgspecError, RecursionError)


def verify(webhook: IncomingWebhook) -> WebhookEnvelope:
    """Raises WebhookRefused unless it has the form of a transaction that names a reference of ours."""
    told = _read(webhook.body)
    if told is None:
        raise WebhookRefused("the body is not a transaction with our reference")
    return WebhookEnvelope(webhook.digest, f"{_subject(told)}.{told.status.lower()}"[:100])


def parse(body: bytes) -> GatewayReport | None:
    """What the callback claims. The id is made from the reference it names; MTN does not tell the id back."""
    told = _read(body)
    if told is None:
        return None
    known = Known(_subject(told), told.external_id, reference_id(told.external_id))
    return report_transaction(told, known)


def _read(body: bytes) -> Transaction | None:
    if len(body) > _BODY_BYTES_MAX:
        return None
    try:
        told = _read_callback(body)
    except _UNREADABLE:
        return None
    status = told.status or told.transaction_status
    has_reference = 0 < len(told.external_id) <= _REFERENCE_LENGTH_MAX and told.external_id.isprintable()
    if not (has_reference and status):
        return None
    return Transaction(
        status=status,
        amount=told.amount,
        currency=told.currency,
        external_id=told.external_id,
        reason=told.reason,
        payer=told.payer,
        payee=told.payee,
    )


def _subject(told: Transaction) -> Subject:
    """Refunds are sent without a callback address, so money that goes out is a payout."""
    return Subject.PAYOUT if told.payee is not None else Subject.CHARGE
