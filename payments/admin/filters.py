"""By what payments are found: status, gateway, currency, purpose, day; and the queues that a person works through."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from commissions.models import CommissionPlan
from common import clock
from common.admin_filters import ChoiceFilter, DayFilter, Words
from gateways.models import GatewayAccount
from gateways.registry import PROFILES
from payments.models import Payment, PaymentAttempt
from payments.states import OPEN_STATUSES, PAID_STATUSES, AttemptState, Status

# The sweep asks at the due time; later than this, something is stuck.
LATE_AFTER = timedelta(minutes=5)

GROUPS: dict[str, frozenset[Status]] = {
    "open": OPEN_STATUSES,
    "paid": PAID_STATUSES,
    "paid_or_failed": PAID_STATUSES | {Status.FAILED},
}


def in_doubt() -> QuerySet[PaymentAttempt]:
    """Attempts of which nobody knows whether they collected. Every one of them is asked about again."""
    return PaymentAttempt.objects.filter(state=AttemptState.UNKNOWN, next_check_at__isnull=False)


def past_due() -> QuerySet[PaymentAttempt]:
    """Attempts that should have been asked about and were not."""
    return PaymentAttempt.objects.filter(next_check_at__lt=clock.now() - LATE_AFTER)


def flagged() -> QuerySet[Payment]:
    return Payment.objects.exclude(flag="")


class StatusFilter(ChoiceFilter):
    title = _("Status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [
            ("open", _("Open")),
            ("paid", _("Paid")),
            ("paid_or_failed", _("Paid or failed")),
            (Status.PENDING, _("Pending")),
            (Status.REQUIRES_ACTION, _("Payer must act")),
            (Status.PROCESSING, _("Processing")),
            (Status.AUTHORIZED, _("Authorized")),
            (Status.COMPLETED, _("Completed")),
            (Status.PARTIALLY_REFUNDED, _("Partly refunded")),
            (Status.REFUNDED, _("Refunded")),
            (Status.FAILED, _("Failed")),
            (Status.CANCELLED, _("Cancelled")),
            (Status.EXPIRED, _("Expired")),
        ]

    def narrow(self, rows: QuerySet[Payment], value: str) -> QuerySet[Payment]:
        return rows.filter(status__in=sorted(GROUPS.get(value, {value})))


class GatewayFilter(ChoiceFilter):
    title = _("Gateway")
    parameter_name = column = "gateway"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        codes = GatewayAccount.objects.order_by("gateway").values_list("gateway", flat=True).distinct()
        return [(code, PROFILES[code].display_name if code in PROFILES else code) for code in codes]


class CurrencyFilter(ChoiceFilter):
    title = _("Currency")
    parameter_name = column = "currency"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        taken = GatewayAccount.objects.values_list("currencies", flat=True)
        return [(code, code) for code in sorted({code for codes in taken for code in codes})]


class PurposeFilter(ChoiceFilter):
    title = _("Purpose")
    parameter_name = column = "purpose"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        codes = CommissionPlan.objects.order_by("commission_type").values_list("commission_type", flat=True).distinct()
        return [(code, _PURPOSES.get(code, code)) for code in codes]


class DaysFilter(DayFilter):
    moments = (("created_at", _("Created")), ("completed_at", _("Completed")))


class QueueFilter(ChoiceFilter):
    """The tabs of the list. Each reads a partial index, so it costs what it shows."""

    title = _("Queue")
    parameter_name = "queue"
    is_hidden = True

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [
            ("doubt", _("In doubt")),
            ("late", _("Past due")),
            ("flagged", _("Flagged")),
            ("open", _("Open")),
        ]

    def narrow(self, rows: QuerySet[Payment], value: str) -> QuerySet[Payment]:
        match value:
            case "doubt":
                return rows.filter(pk__in=in_doubt().values("payment"))
            case "late":
                return rows.filter(pk__in=past_due().values("payment"))
            case "flagged":
                return rows.exclude(flag="")
            case _:
                waiting = PaymentAttempt.objects.filter(next_check_at__isnull=False)
                return rows.filter(Q(status__in=sorted(OPEN_STATUSES)) & Q(pk__in=waiting.values("payment")))


_PURPOSES: dict[str, Words] = {"ticket_sale": _("Ticket sale"), "template_sale": _("Template sale")}
FILTERS = (QueueFilter, StatusFilter, GatewayFilter, CurrencyFilter, PurposeFilter, DaysFilter)
