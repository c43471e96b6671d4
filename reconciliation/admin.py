"""Verifications of the books, bank statements and their lines in the console. All of it is read only."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin import ReadOnlyAdmin
from common.admin_columns import Cell, Column, Link, Tab, Total
from reconciliation import statement_pages as pages
from reconciliation.models import BankStatement, BooksVerification, LineState, StatementLine
from reconciliation.postings import STATEMENT_LINE
from reconciliation.selectors import Proposal, proposals_for
from wallets.ledger import entries_of


@admin.register(BooksVerification)
class BooksVerificationAdmin(ReadOnlyAdmin):
    record_template = "console/verification.html"
    empty_hint = _("The books are verified every night and by: manage.py verify_books.")
    columns = (
        Column(_("Verification"), lambda v: f"#{v.pk}", Cell.ID, on_phone=True),
        Column(_("Result"), lambda v: "holds" if v.holds else "differs", Cell.STATUS, noun="books", on_phone=True),
        Column(_("Differences"), lambda v: len(v.differences), Cell.NUMBER, on_phone=True),
        Column(_("Entries read"), lambda v: v.entries, Cell.NUMBER),
        Column(_("Transactions read"), lambda v: v.transactions, Cell.NUMBER),
        Column(_("Seconds"), lambda v: str(v.seconds)),
        Column(_("Started"), lambda v: v.started_at, Cell.WHEN, on_phone=True),
    )
    lines = (*columns[1:], Column(_("Last entry read"), lambda v: v.last_entry_id, Cell.NUMBER))


@admin.register(BankStatement)
class BankStatementAdmin(ReadOnlyAdmin):
    record_template = "console/bank_statement.html"
    empty_hint = _("Statements appear here once imported by: manage.py import_statement.")
    list_select_related = ("gateway_account",)
    columns = pages.STATEMENT_COLUMNS
    lines = pages.STATEMENT_LINES

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankStatement]:
        return pages.with_unmatched(super().get_queryset(request).defer("file").select_related("gateway_account"))

    def total(self, rows: QuerySet[BankStatement]) -> Total | None:
        return pages.total_of_statements(rows)

    def record_context(self, request: HttpRequest, record: BankStatement) -> dict[str, object]:
        return {"lines_link": pages.lines_of(record), "differs": record.state == BankStatement.State.DIFFERS}


@admin.register(StatementLine)
class StatementLineAdmin(ReadOnlyAdmin):
    record_template = "console/statement_line.html"
    search_fields = ("bank_reference",)
    search_hint = _("Exact id: the bank's reference, the payer's reference, a payment")
    empty_hint = _("Lines appear here once a bank statement is imported.")
    list_filter = (pages.StateFilter, pages.StatementFilter, pages.CurrencyFilter, pages.BookedFilter)
    columns = pages.LINE_COLUMNS
    lines = pages.LINE_LINES
    tabs = (
        Tab(_("All")),
        Tab(_("Unmatched"), "state=unmatched"),
        Tab(_("Matched"), "state=matched"),
        Tab(_("Announced"), "state=announced"),
        Tab(_("Ignored"), "state=ignored"),
        Tab(_("Received"), "state=received"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        return super().get_queryset(request).select_related("attempt__payment", "gateway_account")

    def exact(self, request: HttpRequest, rows: QuerySet[StatementLine], text: str) -> QuerySet[StatementLine]:
        return pages.lines_with_id(rows, text)

    def total(self, rows: QuerySet[StatementLine]) -> Total | None:
        return pages.total_of_lines(rows)

    def record_context(self, request: HttpRequest, record: StatementLine) -> dict[str, object]:
        is_open = record.state == LineState.UNMATCHED
        return {
            "proposals": [_shown(proposal) for proposal in proposals_for(record)] if is_open else [],
            "is_open": is_open,
            "bookings": _bookings(record),
        }


def _shown(proposal: Proposal) -> dict[str, object]:
    reasons = ", ".join(str(pages.REASONS[reason]) for reason in proposal.reasons)
    return {"payment": proposal.payment, "link": pages.payment_link(proposal.payment), "reasons": reasons}


def _bookings(line: StatementLine) -> list[Link]:
    """The ledger transactions about this line; each has its own page."""
    found = {entry.transaction_id: entry.transaction for entry in entries_of(STATEMENT_LINE, line.pk)}
    return [
        Link(
            transaction.effect,
            reverse(
                "admin:wallets_ledgertransaction_change",
                args=[ids.show(ids.LEDGER_TRANSACTION, transaction.public_id)],
            ),
        )
        for transaction in found.values()
    ]
