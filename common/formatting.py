"""How people read and write amounts and times: the same figures in every table, in English and in French.

Thousands are set apart by a narrow no-break space in both languages: `493,081` is one thing to a reader of XOF and
another to a reader of TND. The currency always stands beside the figure.
"""

import re
from datetime import datetime, tzinfo

from django.utils.translation import gettext as _

from common.currencies import exponent
from common.money import MAX_MINOR, InvalidAmount, Money

NARROW_NO_BREAK_SPACE = "\u202f"
NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"

# What people and spreadsheets put between thousands: space, no-break space, thin space, narrow no-break space.
_GROUP = "[ \u00a0\u2009\u202f]"
_WRITTEN = re.compile(rf"([0-9]+|[0-9]{{1,3}}(?:{_GROUP}[0-9]{{3}})+)(?:([.,])([0-9]+))?")
_COULD_BE_GROUPED = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_LONGEST_TEXT = 40


class AmbiguousAmount(InvalidAmount):
    """The text can be read as two different amounts."""


def amount(money: Money, language: str = "en") -> str:
    """`4 851.62 EUR` in English, `4 851,62 EUR` in French: spaces that do not break, a true minus in front."""
    whole, point, fraction = amount_plain(abs(money)).partition(".")
    if point and language.lower().startswith("fr"):
        point = ","
    sign = MINUS if money.is_negative else ""
    grouped = f"{int(whole):,}".replace(",", NARROW_NO_BREAK_SPACE)
    return f"{sign}{grouped}{point}{fraction}{NO_BREAK_SPACE}{money.currency}"


def amount_plain(money: Money) -> str:
    """`4851.62`: what copying gives, in both languages, ready for a spreadsheet or an amount field."""
    return format(money.to_decimal(), "f")


def parse_amount(text: str, currency: str) -> Money:
    """Read what a person typed: `1234.56`, `1234,56`, `1 234,56`. What reads two ways is refused, never guessed."""
    decimals = exponent(currency)
    written = text.strip().removesuffix(currency).strip()
    match = _WRITTEN.fullmatch(written)
    if match is None or len(written) > _LONGEST_TEXT:
        raise InvalidAmount(_("Write the amount as 1234.56 or 1 234,56, without sign or other characters."))
    if decimals == 3 and _COULD_BE_GROUPED.fullmatch(written):
        raise AmbiguousAmount(_two_readings(written, currency))
    whole, fraction = re.sub(_GROUP, "", match.group(1)), match.group(3) or ""
    if len(fraction) > decimals:
        raise InvalidAmount(_("%(currency)s has %(decimals)d decimals.") % {"currency": currency, "decimals": decimals})
    minor = int(whole + fraction.ljust(decimals, "0"))
    if minor > MAX_MINOR:
        raise InvalidAmount(_("The amount is larger than this service takes."))
    return Money(minor, currency)


def timestamp(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-21 14:32` on the clocks of the zone; the table's header names the zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone cannot be shown in another")
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _two_readings(written: str, currency: str) -> str:
    whole, _comma, rest = written.partition(",")
    readings = {"small": f"{whole}.{rest}", "large": f"{whole} {rest}.000", "currency": currency}
    return _("This reads two ways. Write %(small)s or %(large)s %(currency)s.") % readings
