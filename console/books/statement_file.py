"""A wallet's statement as a file for a spreadsheet: the lines of the page, the same opening, totals and closing.

Text that a spreadsheet would run as a formula is written so that it stays text.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.contrib import admin
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common import formatting
from common.admin import ReadOnlyAdmin
from common.money import Money
from console.books.entries import Row, rows_of
from console.books.wallets import Statement, accounts_of, days_asked, part_asked, statement_of
from console.pages import Answer, Context
from wallets import balances, statements
from wallets.models import Wallet

LINES_MAX = 20_000
HEADER = (
    "row", "recorded", "occurred", "what", "about", "order", "money_in", "money_out", "balance", "currency",
    "transaction",
)  # fmt: skip
# What spreadsheets take for the start of a formula, also behind the spaces that they drop.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class StatementFile(Answer):
    path = "books/statement/<str:wallet_id>.csv"
    name = "books_statement_file"
    title = _("Statement")
    permission = "wallets.view_wallet"

    def respond(self, request: HttpRequest, frame: Context, **captured: str) -> HttpResponse:
        """Raises Http404, and BadRequest when the days hold more than a file takes."""
        wallets = admin.site.get_model_admin(Wallet)
        assert isinstance(wallets, ReadOnlyAdmin)
        wallet = wallets.find(request, captured["wallet_id"])
        days, part = days_asked(request), part_asked(request)
        with balances.one_snapshot():
            account_id = accounts_of(wallet).get(part.kind)
            held = balances.of_wallets([wallet], at=days.end)[wallet.pk]
            statement = statement_of(wallet, part=part, days=days, account_id=account_id, held=held)
            lines = statements.whole(statement.selection, lines_max=LINES_MAX) if account_id else []
        if len(lines) > LINES_MAX:
            raise BadRequest("these days hold more lines than one file takes: choose fewer")
        # With a mark of its encoding, without which spreadsheets misread accents.
        answer = HttpResponse(
            content_type="text/csv; charset=utf-8", content="\ufeff" + written(statement, rows_of(lines))
        )
        answer["Content-Disposition"] = f'attachment; filename="{captured["wallet_id"]}-{part.code}.csv"'
        return answer


def written(statement: Statement, rows: Iterable[Row]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows([as_text(value) for value in row] for row in _rows(statement, rows))
    return text.getvalue()


def as_text(value: str | Money | datetime | None) -> str:
    match value:
        case None:
            return ""
        case Money():
            return formatting.amount_plain(value)
        case datetime():
            return timezone.localtime(value).isoformat(timespec="seconds")
        case _:
            return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value


_Value = str | Money | datetime | None


def _rows(statement: Statement, rows: Iterable[Row]) -> Iterator[tuple[_Value, ...]]:
    currency = statement.closing.currency
    nothing = (None,) * 5
    yield ("opening", *nothing, None, None, statement.opening, currency, None)
    for row in rows:
        yield (
            "line", row.recorded_at, row.occurred_at, row.what, row.subject.shown_id, row.subject.note,
            row.credit, row.debit, row.balance_after, currency, row.transaction_id,
        )  # fmt: skip
    yield ("closing", *nothing, statement.totals.credit, statement.totals.debit, statement.closing, currency, None)
