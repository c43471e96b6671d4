"""How one value looks on a page: amount, time, id, status, and a cell of a list. All text is escaped here."""

from datetime import date, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import clock, formatting
from common.admin_columns import Cell, Column, Link
from common.money import Money
from console import tones

register = template.Library()

NONE = mark_safe('<span class="c-none">–</span>')
SHORT_ID_TAIL = 8


@register.filter
def amount(money: Money | None) -> SafeString:
    """`4 851.62 EUR`; copying the cell's `data-plain` gives `4851.62`."""
    if money is None:
        return NONE
    shown = formatting.amount(money, get_language() or "en")
    sign = " c-negative" if money.is_negative else ""
    return format_html(
        '<span class="c-amount{}" data-plain="{}">{}</span>', sign, formatting.amount_plain(money), shown
    )


@register.filter
def figure(money: Money | None) -> SafeString:
    """The amount without its currency, for a column whose header or caption names it."""
    if money is None:
        return NONE
    shown = formatting.amount(money, get_language() or "en").rsplit(formatting.NO_BREAK_SPACE, 1)[0]
    return format_html('<span class="c-amount" data-plain="{}">{}</span>', formatting.amount_plain(money), shown)


@register.filter
def number(value: int | None) -> SafeString | str:
    """`1 204`, with narrow no-break spaces."""
    return NONE if value is None else f"{value:,}".replace(",", formatting.NARROW_NO_BREAK_SPACE)


@register.filter
def when(moment: datetime | None) -> SafeString:
    """`2026-11-21 14:32` on the console's clock."""
    if moment is None:
        return NONE
    shown = formatting.timestamp(moment, timezone.get_current_timezone())
    return format_html('<time class="c-when" datetime="{}">{}</time>', moment.isoformat(timespec="seconds"), shown)


@register.filter
def age(moment: datetime | None) -> SafeString | str:
    """How long ago, in one unit: `41 min`, `5 h`, `2 d`."""
    return NONE if moment is None else age_words(clock.now() - moment)


def age_words(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 120:
        return ngettext("%(n)s min", "%(n)s min", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)s h", "%(n)s h", hours) % {"n": hours}
    return ngettext("%(n)s d", "%(n)s d", hours // 24) % {"n": hours // 24}


@register.filter
def short_id(shown: str) -> str:
    """Prefix and last 8 characters: ids of neighbours start alike, because they start with the time."""
    prefix, mark, tail = shown.partition("_")
    return f"{prefix}_…{tail[-SHORT_ID_TAIL:]}" if mark and len(tail) > 2 * SHORT_ID_TAIL else shown


@register.simple_tag
def status(noun: str, state: str) -> SafeString:
    """The label of a state: shape, word and colour say the same."""
    if not state:
        return NONE
    label = tones.label_of(noun, state)
    return format_html(
        '<span class="c-status c-{}"><span class="c-shape" aria-hidden="true">{}</span>{}</span>',
        label.tone.value,
        label.shape,
        label.words,
    )


@register.filter
def words(code: str) -> object:
    return tones.words_of(code) if code else NONE


@register.inclusion_tag("console/copyable.html")
def copyable(text: str) -> dict[str, str]:
    """The whole id in fixed width with a copy button."""
    return {"text": text}


@register.simple_tag
def cell(column: Column, row: object, row_address: str = "") -> SafeString:
    """One cell of a list or one line of a record. With an address, the id is the link to the row."""
    value = column.value(row)
    if column.kind is Cell.ID:
        return _id_cell(str(value), address=row_address)
    if value is None or value == "":
        return NONE
    shown = _shown(column, value)
    return format_html('<a href="{}">{}</a>', row_address, shown) if row_address else shown


def _id_cell(text: str, *, address: str) -> SafeString:
    if not address:
        return format_html('<code class="c-code">{}</code>', text)
    return format_html('<a class="c-code" href="{}" title="{}">{}</a>', address, text, short_id(text))


def _shown(column: Column, value: object) -> SafeString:
    match column.kind, value:
        case Cell.AMOUNT, Money():
            return amount(value)
        case Cell.WHEN, datetime():
            return when(value)
        case Cell.WHEN, date():
            return format_html('<time class="c-when" datetime="{0}">{0}</time>', value.isoformat())
        case Cell.NUMBER, int():
            return conditional_escape(number(value))
        case Cell.STATUS, str():
            return status(column.noun, value)
        case Cell.LINK, Link():
            return format_html('<a href="{}">{}</a>', value.address, value.text)
        case Cell.CODE, _:
            return format_html('<code class="c-code">{}</code>', value)
        case Cell.YES_NO, _:
            return conditional_escape(_("Yes") if value else _("No"))
        case Cell.TEXT, str():
            return conditional_escape(str(tones.words_of(value)))
        case _:
            return conditional_escape(str(value))


@register.simple_tag
def plain_amount(money: Money) -> str:
    """The amount as text, for places that take no markup, such as a title in a drawing."""
    return formatting.amount(money, get_language() or "en")


@register.simple_tag
def plain_figure(money: Money) -> str:
    return plain_amount(money).rsplit(formatting.NO_BREAK_SPACE, 1)[0]


@register.simple_tag
def rate(tenths_of_percent: int) -> str:
    """`96.8 %` in English, `96,8 %` in French."""
    point = "," if (get_language() or "en").startswith("fr") else "."
    return f"{tenths_of_percent // 10}{point}{tenths_of_percent % 10}{formatting.NO_BREAK_SPACE}%"
