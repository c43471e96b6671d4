"""The list of payments and the page of one. Both only read; what moves money is asked for elsewhere."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin import ReadOnlyAdmin
from common.admin_columns import TOTALS_MAX, Cell, Column, Link, Tab, Total, Words
from common.money import Money
from payments.admin.filters import FILTERS, in_doubt
from payments.admin.search import payments_with_id
from payments.admin.story import story_of
from payments.models import Payment


def payee_of(payment: Payment) -> Link:
    """Who is paid, and the page of the wallet."""
    wallet = payment.wallet
    address = reverse("admin:wallets_wallet_change", args=[ids.show(ids.WALLET, wallet.public_id)])
    return Link(wallet.owner_name or wallet.owner_id, address)


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    id_prefix = ids.PAYMENT
    record_template = "console/payment.html"
    search_fields = ("public_id",)
    search_hint = _("Any exact id: payment, attempt, gateway, order, reference")
    empty_hint = _("Payments appear here as soon as the core platform sends one to /api/v1/payments/.")
    list_filter = FILTERS
    list_select_related = ("wallet",)
    tabs = (
        Tab(_("All")),
        Tab(_("In doubt"), "queue=doubt"),
        Tab(_("Flagged"), "queue=flagged"),
        Tab(_("Open"), "queue=open"),
    )
    columns = (
        Column(_("Payment"), lambda p: p.shown_id, Cell.ID, on_phone=True),
        Column(_("Payee"), payee_of, Cell.LINK),
        Column(_("Amount"), lambda p: p.amount, Cell.AMOUNT, on_phone=True),
        Column(_("Status"), lambda p: p.status, Cell.STATUS, noun="payment", on_phone=True),
        Column(
            _("Look at"), lambda p: "unknown" if p.is_in_doubt else p.flag, Cell.STATUS, noun="attention", on_phone=True
        ),
        Column(_("Gateway"), lambda p: p.gateway),
        Column(_("Purpose"), lambda p: p.purpose),
        Column(_("Created"), lambda p: p.created_at, Cell.WHEN, on_phone=True),
    )

    def exact(self, request: HttpRequest, rows: QuerySet[Payment], text: str) -> QuerySet[Payment]:
        return payments_with_id(rows, text)

    def total(self, rows: QuerySet[Payment]) -> Total | None:
        """Per currency, of at most the first 1 000 rows; one row more and no total is said."""
        bounded = rows.order_by("-pk").values("pk")[: TOTALS_MAX + 1]
        sums = list(
            Payment.objects.filter(pk__in=bounded)
            .values("currency")
            .annotate(rows=Count("pk"), amount_sum=Sum("amount_minor"), commission_sum=Sum("commission_minor"))
            .order_by("currency")
        )
        count = sum(line["rows"] for line in sums)
        if count > TOTALS_MAX:
            return Total(rows=TOTALS_MAX, too_many=True)
        return Total(rows=count, amounts=tuple(_amounts(sums)))

    def record_context(self, request: HttpRequest, record: Payment) -> dict[str, object]:
        title = _("Payment of %(day)s") % {"day": timezone.localtime(record.created_at).strftime("%Y-%m-%d %H:%M")}
        return {"story": story_of(record), "payee": payee_of(record), "console_title": title}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        doubts = in_doubt().filter(payment=OuterRef("pk"))
        return super().get_queryset(request).select_related("wallet").annotate(is_in_doubt=Exists(doubts))


def _amounts(sums: Iterable[dict[str, object]]) -> Iterable[tuple[Words, object]]:
    for line in sums:
        currency = str(line["currency"])
        yield _("Amount"), Money(int(str(line["amount_sum"])), currency)
        yield _("Commission"), Money(int(str(line["commission_sum"])), currency)
