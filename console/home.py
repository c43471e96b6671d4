"""The page a finance person starts with: what is stuck, whether the books hold, whether today is normal."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.cache import cache
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from common import clock
from common.money import Money
from console import chart, measures, queues
from console.measures import CHART_DAYS, Collected, DayAmount, Success
from reconciliation.models import BooksVerification

_MONTH_KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Today:
    """One currency's day. Each figure has the address of its rows."""

    currency: str
    collected: Collected | None
    success: Success | None
    collected_address: str
    success_address: str

    @property
    def collected_amount(self) -> Money:
        return self.collected.amount if self.collected else Money.zero(self.currency)

    @property
    def commission_amount(self) -> Money:
        return self.collected.commission if self.collected else Money.zero(self.currency)

    @property
    def completed_count(self) -> int:
        return self.collected.count if self.collected else 0


def context(request: HttpRequest) -> dict[str, object]:
    """Panels of what this person may see; nothing else is read."""
    found: dict[str, object] = {"now": clock.now()}
    if request.user.has_perm("payments.view_payment"):
        found |= _money_in(request)
    if request.user.has_perm("gateways.view_inboundevent"):
        found["webhook_queues"] = queues.webhook_queues()
    if request.user.has_perm("events.view_webhookendpoint"):
        found["endpoint_queues"] = queues.endpoint_queues()
    if request.user.has_perm("reconciliation.view_statementline"):
        found["statement_queues"] = queues.statement_queues()
    if request.user.has_perm("common.view_taskfailure"):
        found["task_queues"] = queues.task_queues()
    if request.user.has_perm("reconciliation.view_booksverification"):
        found |= {"books": _newest(BooksVerification.objects.all()), "may_see_books": True}
    return found


def _money_in(request: HttpRequest) -> dict[str, object]:
    today = timezone.localdate(clock.now())
    month, as_of = _month(today)
    asked = request.GET.get("currency", "")
    shown = asked if asked in month else next(iter(month), "")
    return {
        "may_see_payments": True,
        "payment_queues": queues.payment_queues(),
        "today": today,
        "days": _days(today),
        "currencies": list(month),
        "chart": chart.of_days(month[shown], currency=shown) if shown else None,
        "chart_as_of": as_of,
    }


def _month(today: date) -> tuple[dict[str, list[DayAmount]], datetime]:
    """The last 30 days and when they were read: the one figure of this page that reads many rows is kept a minute."""
    key = f"console.month.{today.isoformat()}.{timezone.get_current_timezone_name()}"
    found = cache.get(key)
    if found is None:
        found = (measures.collected_by_day(today - timedelta(days=CHART_DAYS - 1), today), clock.now())
        cache.set(key, found, _MONTH_KEPT_SECONDS)
    return found


def _days(today: date) -> list[Today]:
    collected = {line.currency: line for line in measures.collected(today, today)}
    success = {line.currency: line for line in measures.success(today, today)}
    return [
        Today(
            currency=currency,
            collected=collected.get(currency),
            success=success.get(currency),
            collected_address=measures.collected_address(today, today, currency),
            success_address=measures.success_address(today, today, currency),
        )
        for currency in sorted(collected | success)
    ]


def _newest(rows: QuerySet[BooksVerification]) -> BooksVerification | None:
    return rows.order_by("-pk").first()
