"""What a reply means for us. One status map for answers and webhooks; a word not listed is UNKNOWN."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from common.money import Money
from gateways.adapters.pagadito.amounts import from_wire
from gateways.adapters.pagadito.error_table import ALREADY_SENT, ENDED, ERRORS, NOT_REGISTERED, REFUSALS, SHUT_OUT
from gateways.adapters.pagadito.replies import Reply, StatusTold, raw_reply
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome

COMPLETED, REVOKED, REGISTERED = "COMPLETED", "REVOKED", "REGISTERED"
STATUSES: Mapping[str, Outcome] = MappingProxyType(
    {
        REGISTERED: Outcome.REQUIRES_ACTION,
        "VERIFYING": Outcome.PENDING,
        "PENDING": Outcome.PENDING,
        COMPLETED: Outcome.SUCCEEDED,
        REVOKED: Outcome.DECLINED,
        "FAILED": Outcome.DECLINED,
        "UNCOLLECTABLE": Outcome.DECLINED,
        "CANCELED": Outcome.CANCELLED,
        "EXPIRED": Outcome.EXPIRED,
    }
)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What we knew of it before: asked under `reference`, for `amount`, with what the last report kept."""

    token: str
    reference: str
    amount: Money | None = None
    page: str = ""
    last_status: str = ""

    def keep(self, *, status: str) -> Mapping[str, str]:
        kept = {"token": self.token, "page": self.page, "status": status}
        return {name: value for name, value in kept.items() if value}


def created(transaction: Transaction, *, reply: Reply) -> GatewayReport:
    return GatewayReport(
        Outcome.REQUIRES_ACTION,
        gateway_payment_id=transaction.token,
        reference=transaction.reference,
        amount=transaction.amount,
        next_action=NextAction(NextActionKind.REDIRECT, transaction.page),
        keep=transaction.keep(status=REGISTERED),
        gateway_status=REGISTERED,
        raw=raw_reply(reply),
    )


def refused(reply: Reply, *, transaction: Transaction) -> GatewayReport:
    """The report for an answer to `exec_trans` with any code but PG1002."""
    if reply.code in SHUT_OUT or (reply.http_status in (401, 403) and reply.code not in ERRORS):
        return GatewayReport(
            Outcome.NOT_SENT, error_code="authentication_failed", gateway_status=reply.code, raw=raw_reply(reply)
        )
    if reply.code in REFUSALS:
        return GatewayReport(
            Outcome.DECLINED,
            reference=transaction.reference,
            error_code=reply.code,
            error_message=reply.message[:200],
            gateway_status=reply.code,
            raw=raw_reply(reply),
        )
    if reply.code == ALREADY_SENT:
        # The reference has its transaction already, and that is not the one of this session.
        transaction = Transaction("", transaction.reference)
    return in_doubt(transaction, code=_known(reply.code), reply=reply)


def status_refused(reply: Reply, *, transaction: Transaction) -> GatewayReport:
    """A code other than PG1003 says nothing about the payment, not even that there is none."""
    code = "not_found" if reply.code == NOT_REGISTERED else _known(reply.code)
    if reply.code in SHUT_OUT:
        code = "authentication_failed"
    return in_doubt(transaction, code=code, reply=reply)


def in_doubt(transaction: Transaction, *, code: str, reply: Reply | None = None, detail: str = "") -> GatewayReport:
    return GatewayReport(
        Outcome.UNKNOWN,
        gateway_payment_id=transaction.token,
        reference=transaction.reference,
        keep=transaction.keep(status=transaction.last_status),
        error_code=code,
        error_message=detail,
        gateway_status=reply.code if reply else "",
        raw=raw_reply(reply) if reply else {},
    )


def of_status(told: StatusTold, *, transaction: Transaction, amount: Money | None, code: str = "") -> GatewayReport:
    """`amount` is what stands behind the status, decided by the caller; `code` the reply's, where there was one."""
    outcome = STATUSES.get(told.status, Outcome.UNKNOWN)
    if told.status == REVOKED and transaction.last_status == COMPLETED:
        outcome = Outcome.REVERSED
    ended = told.status if told.status in ENDED else ""
    is_open = told.status == REGISTERED and bool(transaction.page)
    return GatewayReport(
        outcome=outcome,
        gateway_payment_id=transaction.token,
        reference=told.ern or transaction.reference,
        amount=amount,
        next_action=NextAction(NextActionKind.REDIRECT, transaction.page) if is_open else None,
        keep=transaction.keep(status=told.status if outcome is not Outcome.UNKNOWN else transaction.last_status),
        error_code="unlisted_status" if outcome is Outcome.UNKNOWN else ended,
        gateway_status=told.status[:40],
        raw=raw_status(told, code=code),
    )


def stated_amount(told: StatusTold, *, asked: Money | None) -> Money | None:
    """What the status says it is about; None where it says nothing. Raises AmountNotRepresentable."""
    stated = told.amount_told()
    if stated is None:
        return None
    currency = stated.currency.upper() or (asked.currency if asked else "")
    return from_wire(bytes(stated.total).decode(), currency)


def raw_status(told: StatusTold, *, code: str = "") -> dict[str, str | None]:
    """The approval number and its time are what Pagadito's own people ask for."""
    raw: dict[str, str | None] = {
        "status": told.status[:40],
        "reference": told.reference,
        "date_trans": told.date_trans,
    }
    if (stated := told.amount_told()) is not None:
        raw |= {"amount": bytes(stated.total).decode()[:40], "currency": stated.currency[:3]}
    return raw | ({"code": code} if code else {})


def _known(code: str) -> str:
    return code if code in ERRORS else "unexpected_answer"
