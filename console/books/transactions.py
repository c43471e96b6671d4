"""One transaction of the ledger: all its lines, what it is about, when it happened, what it undoes or what undid it."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin import KeysetChangeList
from common.admin_columns import Cell, Column, Link
from common.money import Money
from console.books import names
from console.books.entries import rows_of
from console.books.names import Subject
from console.books.registering import takes_the_place_of
from console.templatetags.console_format import short_id
from wallets.admin import LedgerTransactionAdmin
from wallets.models import LedgerTransaction
from wallets.statements import Line, lines_of


class TransactionChangeList(KeysetChangeList):
    """Adds what the transactions of the page are about, read together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        subjects = names.subjects_of(self.result_list)
        for row in self.result_list:
            row.subject = subjects[row.subject_type, row.subject_id]


def _about(row: Any) -> Link | str:
    subject: Subject = row.subject
    return Link(short_id(subject.shown_id), subject.address) if subject.address else subject.shown_id


@takes_the_place_of(LedgerTransaction)
class TransactionPage(LedgerTransactionAdmin):
    change_list_template = "console/books/ledger_list.html"
    record_template = "console/books/transaction.html"
    columns = (
        LedgerTransactionAdmin.columns[0],
        Column(gettext_lazy("Effect"), names.effect_words, on_phone=True),
        Column(gettext_lazy("About"), _about, Cell.LINK, on_phone=True),
        *LedgerTransactionAdmin.columns[3:],
    )

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return TransactionChangeList

    def list_title(self) -> str:
        return _("Ledger transactions")

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        subject = names.subjects_of([record])[record.subject_type, record.subject_id]
        what = names.effect_words(record)
        lines = lines_of(record)
        return {
            "console_title": f"{what} · {subject.note}" if subject.note else what,
            "shown_id": names.transaction_id(record),
            "subject": subject,
            "rows": rows_of(lines),
            "totals": _totals(lines),
            "reverses": _link(record.reverses),
            "reversed_by": _link(getattr(record, "reversed_by", None)),
        }


def _totals(lines: Sequence[Line]) -> list[tuple[Money, Money]]:
    """Debit and credit per currency; each pair is equal or the books are wrong."""
    debited: dict[str, Money] = {}
    credited: dict[str, Money] = {}
    for line in lines:
        zero = Money.zero(line.account.currency)
        debited[zero.currency] = debited.get(zero.currency, zero) + (line.debit or zero)
        credited[zero.currency] = credited.get(zero.currency, zero) + (line.credit or zero)
    return [(debited[currency], credited[currency]) for currency in sorted(debited)]


def _link(other: LedgerTransaction | None) -> Link | None:
    return Link(names.transaction_id(other), names.transaction_address(other)) if other else None
