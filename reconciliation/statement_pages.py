"""What the console shows of bank statements: columns, filters and totals of the two lists, and links between them."""

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin_columns import TOTALS_MAX, Cell, Column, Link, Total, Words
from common.admin_filters import ChoiceFilter, DayFilter
from common.money import Money
from gateways.models import GatewayAccount
from payments.models import Payment, PaymentAttempt
from reconciliation.models import BankStatement, LineState, StatementLine

_TEXT_MAX = 60

REASONS: dict[str, Promise] = {
    "reference": _("its reference"),
    "part_of_reference": _("a part of its reference"),
    "order_id": _("its order"),
    "payer_name": _("the payer's name"),
    "amount": _("its amount"),
}


class StateFilter(ChoiceFilter):
    title = _("Status")
    parameter_name = column = "state"
    is_hidden = True

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return [(state.value, state.label) for state in LineState]


class StatementFilter(ChoiceFilter):
    """The lines that one statement told first."""

    title = _("Statement")
    parameter_name = column = "statement"
    is_hidden = True

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        asked = request.GET.get("statement", "")
        is_number = asked.isascii() and asked.isdigit() and len(asked) < 19
        return [(asked, f"#{asked}")] if is_number else [("0", "")]


class CurrencyFilter(ChoiceFilter):
    title = _("Currency")
    parameter_name = column = "currency"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        taken = GatewayAccount.objects.filter(gateway="bank_transfer").values_list("currencies", flat=True)
        return [(code, code) for code in sorted({code for codes in taken for code in codes})]


class BookedFilter(DayFilter):
    """By the bank's day, which has no time and no zone."""

    moments = (("booking_date", _("Booked")),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[StatementLine]) -> QuerySet[StatementLine]:
        if self.first:
            queryset = queryset.filter(booking_date__gte=self.first)
        return queryset.filter(booking_date__lte=self.last) if self.last else queryset


def money_or_nothing(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def days_of(statement: BankStatement) -> str:
    return " – ".join(sorted({str(day) for day in (statement.first_day, statement.last_day) if day}))


def lines_of(statement: BankStatement) -> Link:
    address = f"{reverse('admin:reconciliation_statementline_changelist')}?statement={statement.pk}"
    is_kept = statement.state == BankStatement.State.IMPORTED
    return Link(str(statement.entries - statement.known_entries if is_kept else 0), address)


def to_explain(statement: BankStatement) -> Link | int:
    """How many of its entries wait for a person; the list behind the number."""
    count = int(getattr(statement, "unmatched", 0))
    words = f"statement={statement.pk}&state={LineState.UNMATCHED}"
    return Link(str(count), f"{reverse('admin:reconciliation_statementline_changelist')}?{words}") if count else 0


def payment_of(line: StatementLine) -> Link | None:
    return None if line.attempt is None else payment_link(line.attempt.payment)


def payment_link(payment: Payment) -> Link:
    shown = payment.shown_id
    # The word joiner keeps the two halves on one line.
    return Link(f"pay_…\u2060{shown[-8:]}", reverse("admin:payments_payment_change", args=[shown]))


def statement_of(line: StatementLine) -> Link:
    return Link(f"#{line.statement_id}", reverse("admin:reconciliation_bankstatement_change", args=[line.statement_id]))


def why(line: StatementLine) -> str:
    return str(line.get_reason_display()) if line.reason else ""


def text_of(line: StatementLine) -> str:
    text = line.structured_reference or line.remittance
    return text if len(text) <= _TEXT_MAX else f"{text[:_TEXT_MAX]}…"


def with_unmatched(rows: QuerySet[BankStatement]) -> QuerySet[BankStatement]:
    return rows.annotate(unmatched=Count("lines", filter=Q(lines__state=LineState.UNMATCHED)))


def lines_with_id(rows: QuerySet[StatementLine], text: str) -> QuerySet[StatementLine]:
    """By the bank's reference, by ours as the payer has it, or by payment; each by its own index."""
    accounts = GatewayAccount.objects.filter(gateway="bank_transfer").values("pk")
    payment_id = ids.read(ids.PAYMENT, text)
    if payment_id is not None:
        return rows.filter(attempt__in=PaymentAttempt.objects.filter(payment__public_id=payment_id))
    reference = "".join(text.split()).upper()
    attempts = PaymentAttempt.objects.filter(gateway_account__in=accounts, gateway_payment_id=reference)
    keys = [f"in:{text}", f"out:{text}"]
    return rows.filter(Q(gateway_account__in=accounts, key__in=keys) | Q(attempt__in=attempts))


def total_of_lines(rows: QuerySet[StatementLine]) -> Total:
    """Per currency what came and what went, of what moves money at all."""
    bounded = rows.order_by("-pk").values("pk")[: TOTALS_MAX + 1]
    coming, going = Q(amount_minor__gt=0), Q(amount_minor__lt=0)
    sums = list(
        StatementLine.objects.filter(pk__in=bounded)
        .values("currency")
        .annotate(rows=Count("pk"), came=Sum("amount_minor", filter=coming), went=Sum("amount_minor", filter=going))
        .order_by("currency")
    )
    return _total(sums, (("came", _("Money in")), ("went", _("Money out"))))


def total_of_statements(rows: QuerySet[BankStatement]) -> Total:
    bounded = rows.order_by("-pk").values("pk")[: TOTALS_MAX + 1]
    sums = list(
        BankStatement.objects.filter(pk__in=bounded)
        .values("currency")
        .annotate(rows=Count("pk"), came=Sum("credit_minor"), went=-Sum("debit_minor"))
        .order_by("currency")
    )
    return _total(sums, (("came", _("Money in")), ("went", _("Money out"))))


def _total(sums: Iterable[dict[str, object]], shown: tuple[tuple[str, Words], ...]) -> Total:
    sums = list(sums)
    count = sum(int(str(line["rows"])) for line in sums)
    if count > TOTALS_MAX:
        return Total(rows=TOTALS_MAX, too_many=True)
    amounts = [
        (words, Money(int(str(line[name] or 0)), str(line["currency"]))) for line in sums for name, words in shown
    ]
    return Total(rows=count, amounts=tuple(amounts))


STATEMENT_COLUMNS = (
    Column(_("Statement"), lambda s: f"#{s.pk}", Cell.ID, on_phone=True),
    Column(_("Account"), lambda s: s.gateway_account.name),
    Column(_("Days"), days_of, on_phone=True),
    Column(_("Status"), lambda s: s.state, Cell.STATUS, noun="statement", on_phone=True),
    Column(_("Money in"), lambda s: Money(s.credit_minor, s.currency), Cell.AMOUNT, on_phone=True),
    Column(_("Money out"), lambda s: Money(-s.debit_minor, s.currency), Cell.AMOUNT),
    Column(_("To explain"), to_explain, Cell.LINK),
    Column(_("Imported"), lambda s: s.imported_at, Cell.WHEN),
)
STATEMENT_LINES = (
    *STATEMENT_COLUMNS[1:],
    Column(_("Opening balance"), lambda s: money_or_nothing(s.opening_minor, s.currency), Cell.AMOUNT),
    Column(_("Closing balance"), lambda s: money_or_nothing(s.closing_minor, s.currency), Cell.AMOUNT),
    Column(_("Difference"), lambda s: money_or_nothing(s.difference_minor, s.currency), Cell.AMOUNT),
    Column(_("Entries"), lambda s: s.entries, Cell.NUMBER),
    Column(_("New in it"), lines_of, Cell.LINK),
    Column(_("Bank's number"), lambda s: s.statement_id, Cell.CODE),
    Column(_("Format"), lambda s: s.format),
    Column(_("File"), lambda s: s.file_name),
    Column(_("SHA-256"), lambda s: s.file_sha256, Cell.CODE),
    Column(_("Imported by"), lambda s: s.imported_by),
)
LINE_COLUMNS = (
    Column(_("Line"), lambda line: f"#{line.pk}", Cell.ID, on_phone=True),
    Column(_("Booked"), lambda line: line.booking_date, Cell.WHEN, on_phone=True),
    Column(_("Amount"), lambda line: line.amount, Cell.AMOUNT, on_phone=True),
    Column(_("Status"), lambda line: line.state, Cell.STATUS, noun="statement_line", on_phone=True),
    Column(_("Why"), why),
    Column(_("Payment"), payment_of, Cell.LINK),
    Column(_("From or to"), lambda line: line.counterparty_name),
    Column(_("Text"), text_of),
)
LINE_LINES = (
    *LINE_COLUMNS[1:7],
    Column(_("Their account"), lambda line: line.counterparty_iban),
    Column(_("Text"), lambda line: line.remittance),
    Column(_("Structured reference"), lambda line: line.structured_reference, Cell.CODE),
    Column(_("References of ours in it"), lambda line: " ".join(line.references), Cell.CODE),
    Column(_("End-to-end id"), lambda line: line.end_to_end_id, Cell.CODE),
    Column(_("Bank's reference"), lambda line: line.bank_reference, Cell.CODE),
    Column(_("Return reason"), lambda line: line.return_reason, Cell.CODE),
    Column(_("Value date"), lambda line: line.value_date, Cell.WHEN),
    Column(_("Account"), lambda line: line.gateway_account.name),
    Column(_("Statement"), statement_of, Cell.LINK),
    Column(_("Decided"), lambda line: line.decided_at, Cell.WHEN),
)
