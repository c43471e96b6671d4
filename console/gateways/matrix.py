"""What each adapter can do, side by side: read off the adapters, so that it cannot say more than they do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.money import MAX_MINOR, Money
from console import tones
from console.templatetags.console_books import capability_words
from console.templatetags.console_format import plain_amount
from gateways.contract import GatewayProfile, WebhookTrust
from gateways.registry import PROFILES, capabilities_of
from gateways.roles import ROLES

_SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Cell:
    """A tick, or words; `more` is what unfolds below them."""

    words: str = ""
    can: bool | None = None
    more: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    title: object
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Matrix:
    gateways: list[str]
    capabilities: list[Row]
    facts: list[Row]

    @property
    def groups(self) -> list[list[Row]]:
        return [self.capabilities, self.facts]


def matrix() -> Matrix:
    profiles = [profile for _code, profile in sorted(PROFILES.items())]
    return Matrix(
        gateways=[str(tones.words_of(profile.code)) for profile in profiles],
        capabilities=[
            Row(capability_words(name), [Cell(can=name in capabilities_of(profile.code)) for profile in profiles])
            for name in ("charge", *(name for name in ROLES if name != "charge"))
        ],
        facts=[Row(title, [say(profile) for profile in profiles]) for title, say in _FACTS],
    )


def _methods(profile: GatewayProfile) -> Cell:
    return Cell(", ".join(str(tones.words_of(method)) for method in sorted(profile.methods)))


def _currencies(profile: GatewayProfile) -> Cell:
    return _counted(sorted(profile.currencies), none=_("any"))


def _countries(profile: GatewayProfile) -> Cell:
    return _counted(sorted(profile.countries), none=_("any"))


def _limits(profile: GatewayProfile) -> Cell:
    lines = [
        f"{plain_amount(Money(least, currency))} – {plain_amount(Money(most, currency)) if most < MAX_MINOR else '∞'}"
        for currency, (least, most) in sorted(profile.limits.items())
    ]
    if not lines:
        return Cell(_("not declared"))
    return Cell(ngettext("%(n)d currency", "%(n)d currencies", len(lines)) % {"n": len(lines)}, more="; ".join(lines))


def _webhooks(profile: GatewayProfile) -> Cell:
    if "webhooks" not in capabilities_of(profile.code):
        return Cell(_("sends none"))
    return Cell(str(_TRUST[profile.webhook_trust]))


def _keys(profile: GatewayProfile) -> Cell:
    return Cell(span_words(profile.key_retention) if profile.key_retention else _("not declared"))


def _needs(profile: GatewayProfile) -> Cell:
    return Cell(", ".join(str(_NEEDS.get(need, need)) for need in sorted(profile.needs)) or "–")


def _yes_no(is_so: bool) -> Cell:
    return Cell(can=is_so)


def _reversal(profile: GatewayProfile) -> Cell:
    days = profile.late_reversal_days
    return Cell(_("not declared") if days is None else span_words(timedelta(days=days)))


def span_words(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3600)
    if hours % 24:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}


def _counted(codes: list[str], *, none: str) -> Cell:
    if len(codes) <= _SHOWN_MAX:
        return Cell(", ".join(codes) or none)
    return Cell(str(len(codes)), more=", ".join(codes))


_TRUST: dict[WebhookTrust, Promise] = {
    WebhookTrust.SIGNED: gettext_lazy("signed: believed"),
    WebhookTrust.TOKEN: gettext_lazy("a token: the gateway is asked"),
    WebhookTrust.HINT_ONLY: gettext_lazy("a hint: the gateway is asked"),
}
_NEEDS: dict[str, Promise] = {
    "payer_phone": gettext_lazy("the payer's phone number"),
    "payer_email": gettext_lazy("the payer's e-mail"),
    "payer_name": gettext_lazy("the payer's name"),
    "country": gettext_lazy("the payer's country"),
    "return_url": gettext_lazy("an address to come back to"),
    "webhook_url": gettext_lazy("our webhook address"),
}
_FACTS: tuple[tuple[Promise, Callable[[GatewayProfile], Cell]], ...] = (
    (gettext_lazy("Methods"), _methods),
    (gettext_lazy("Currencies"), _currencies),
    (gettext_lazy("Countries"), _countries),
    (gettext_lazy("Limits"), _limits),
    (gettext_lazy("Cannot do without"), _needs),
    (gettext_lazy("Webhooks"), _webhooks),
    (gettext_lazy("Remembers our reference for"), _keys),
    (gettext_lazy("Found by our own reference"), lambda profile: _yes_no(profile.query_by_own_reference)),
    (gettext_lazy("“Not found” is final"), lambda profile: _yes_no(profile.not_found_is_final)),
    (gettext_lazy("Unpaid ones can be closed"), lambda profile: _yes_no(profile.cancelable)),
    (gettext_lazy("Longest processing"), lambda profile: Cell(span_words(profile.max_processing_time))),
    (gettext_lazy("May be reversed for"), _reversal),
)
