"""Each figure of the console, defined once: what it counts, and the address of the rows it counted.

A list opened from a figure has the same filters, so that its total is the figure.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from common.admin_filters import start_of
from common.money import Money
from payments.models import Payment
from payments.states import PAID_STATUSES, Status

CHART_DAYS = 30


@dataclass(frozen=True, slots=True)
class Collected:
    """Payments completed on the days, whatever became of them later; `commission` is our part of them."""

    currency: str
    count: int
    amount: Money
    commission: Money


@dataclass(frozen=True, slots=True)
class Success:
    """Of the payments created on the days that were paid or failed, how many were paid. Others are not ended."""

    currency: str
    paid: int
    ended: int

    @property
    def tenths_of_percent(self) -> int:
        """Rounded down: 100.0 % is said only when none failed."""
        return self.paid * 1000 // self.ended if self.ended else 0


@dataclass(frozen=True, slots=True)
class DayAmount:
    day: date
    amount: Money
    count: int


def collected(first: date, last: date) -> list[Collected]:
    rows = (
        _completed(first, last)
        .values("currency")
        .annotate(count=Count("pk"), amount_sum=Sum("amount_minor"), commission_sum=Sum("commission_minor"))
        .order_by("currency")
    )
    return [
        Collected(
            currency=row["currency"],
            count=row["count"],
            amount=Money(int(row["amount_sum"]), row["currency"]),
            commission=Money(int(row["commission_sum"]), row["currency"]),
        )
        for row in rows
    ]


def success(first: date, last: date) -> list[Success]:
    rows = (
        Payment.objects.filter(created_at__gte=start_of(first), created_at__lt=_end_of(last))
        .values("currency")
        .annotate(
            paid=Count("pk", filter=Q(status__in=sorted(PAID_STATUSES))),
            ended=Count("pk", filter=Q(status__in=sorted(PAID_STATUSES | {Status.FAILED}))),
        )
        .order_by("currency")
    )
    return [Success(row["currency"], row["paid"], row["ended"]) for row in rows]


def collected_by_day(first: date, last: date) -> dict[str, list[DayAmount]]:
    """Per currency, most used first: one figure per day, days without payments included."""
    rows = (
        _completed(first, last)
        .annotate(day=TruncDate("completed_at", tzinfo=timezone.get_current_timezone()))
        .values("currency", "day")
        .annotate(amount_sum=Sum("amount_minor"), count=Count("pk"))
        .order_by("currency", "day")
    )
    found: dict[str, dict[date, tuple[int, int]]] = {}
    for row in rows:
        found.setdefault(row["currency"], {})[row["day"]] = (int(row["amount_sum"]), row["count"])
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    most_used = sorted(found, key=lambda code: (-sum(count for _, count in found[code].values()), code))
    return {code: [_day(day, code, found[code].get(day, (0, 0))) for day in days] for code in most_used}


def collected_address(first: date, last: date, currency: str) -> str:
    return payments_address(status="paid", currency=currency, first=first, last=last, by="completed_at")


def success_address(first: date, last: date, currency: str) -> str:
    return payments_address(status="paid_or_failed", currency=currency, first=first, last=last, by="created_at")


def payments_address(*, status: str, currency: str, first: date, last: date, by: str) -> str:
    words = {"status": status, "currency": currency, "from": first.isoformat(), "to": last.isoformat(), "by": by}
    return f"{reverse('admin:payments_payment_changelist')}?{urlencode(words)}"


def _day(day: date, currency: str, figures: tuple[int, int]) -> DayAmount:
    minor, count = figures
    return DayAmount(day, Money(minor, currency), count)


def _completed(first: date, last: date) -> QuerySet[Payment]:
    return Payment.objects.filter(
        completed_at__gte=start_of(first), completed_at__lt=_end_of(last), status__in=sorted(PAID_STATUSES)
    )


def _end_of(day: date) -> datetime:
    return start_of(day + timedelta(days=1))
