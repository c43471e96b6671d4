"""Reading payments for callers. Each is one query; none of them decides about money."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from common import clock
from common.remembered import Remembered
from gateways.routing import Rate
from payments import selectors_sql
from payments.models import Payment, PaymentAttempt
from payments.presentation import Seen
from payments.selectors_sql import PAYMENT_COLUMNS
from tenants.principal import Principal


def _newest_attempt(column: str) -> Subquery:
    return Subquery(PaymentAttempt.objects.filter(payment=OuterRef("pk")).order_by("-number").values(column)[:1])


def visible_to(principal: Principal) -> QuerySet[Payment]:
    """The tenant's payments; a payer's own when a payer asks."""
    found = Payment.objects.filter(tenant=principal.tenant)
    return found.filter(user_id=principal.user_id) if principal.user_id else found


def rows_of(payments: QuerySet[Payment]) -> QuerySet[Payment, dict[str, Any]]:
    return payments.annotate(
        attempt_state=_newest_attempt("state"),
        action_kind=_newest_attempt("next_action_kind"),
        action_value=_newest_attempt("next_action_value"),
    ).values(*PAYMENT_COLUMNS, "wallet__owner_type", "wallet__owner_id", "attempt_state", "action_kind", "action_value")


def payment_row(*, payment_id: int) -> dict[str, Any] | None:
    return rows_of(Payment.objects.filter(pk=payment_id)).first()


def visible_payment_row(principal: Principal, public_id: UUID) -> dict[str, Any] | None:
    """Cheap enough to poll."""
    return selectors_sql.visible_row(tenant_id=principal.tenant.pk, user_id=principal.user_id, public_id=public_id)


def seen_of(row: dict[str, Any]) -> Seen:
    return Seen(
        status=row["status"],
        next_action=(row["action_kind"] or "", row["action_value"] or ""),
        failure_code=row["failure_code"],
        failure_message=row["failure_message"],
        completed_at=row["completed_at"],
    )


def attempts_of(payment: Payment) -> QuerySet[PaymentAttempt]:
    """Every request to a gateway for this payment, oldest first."""
    return payment.attempts.select_related("gateway_account").order_by("number")


@dataclass(frozen=True, slots=True)
class PaymentFilter:
    """What a list may be narrowed by; empty means all. `after` is the id of the last row already seen."""

    status: str = ""
    gateway: str = ""
    currency: str = ""
    purpose: str = ""
    order_id: str = ""
    event_id: str = ""
    external_reference: str = ""
    user_id: str = ""
    payee_id: str = ""
    created_from: datetime | None = None
    created_to: datetime | None = None
    after: int | None = None


_PLAIN = ("status", "gateway", "currency", "purpose", "order_id", "event_id", "external_reference", "user_id")


def payment_page(principal: Principal, wanted: PaymentFilter, *, size: int) -> tuple[list[dict[str, Any]], bool]:
    """Newest first, by key and never by offset; and whether more follow."""
    narrowed = Q(**{name: value for name in _PLAIN if (value := getattr(wanted, name))})
    if wanted.payee_id:
        narrowed &= Q(wallet__owner_id=wanted.payee_id)
    if wanted.created_from:
        narrowed &= Q(created_at__gte=wanted.created_from)
    if wanted.created_to:
        narrowed &= Q(created_at__lt=wanted.created_to)
    if wanted.after is not None:
        narrowed &= Q(pk__lt=wanted.after)
    rows = list(rows_of(visible_to(principal).filter(narrowed)).order_by(F("id").desc())[: size + 1])
    return rows[:size], len(rows) > size


_RATED_ATTEMPTS = 5_000
_RATED_HOURS = 24
_rates: Remembered[int, dict[int, Rate]] = Remembered(seconds=10)


def success_rates(tenant_id: int) -> dict[int, Rate]:
    """How the last charges of each gateway account ended: those of the last day among the newest 5,000 of all."""

    def load() -> dict[int, Rate]:
        since = clock.now() - timedelta(hours=_RATED_HOURS)
        rows = selectors_sql.endings(tenant_id=tenant_id, newest=_RATED_ATTEMPTS, since=since)
        return {account: Rate(succeeded=paid, ended=ended) for account, paid, ended in rows}

    return _rates.get_or_load(tenant_id, load)
