"""Terms, plans and capabilities in a person's words."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django import template
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common import formatting
from common.money import Money
from console import tones
from console.templatetags.console_format import amount
from console.templatetags.console_words import percent
from gateways.contract import WebhookTrust

if TYPE_CHECKING:
    from commissions.models import CommissionPlan, CommissionVersion

register = template.Library()

_CAPABILITIES: dict[str, Promise] = {
    "look_up": gettext_lazy("asked about a payment at any time"),
    "charge": gettext_lazy("takes payments"),
    "collect": gettext_lazy("collects what the payer approved"),
    "authorize": gettext_lazy("reserves money and takes it later"),
    "cancel": gettext_lazy("cancels what was not paid"),
    "refund": gettext_lazy("pays back"),
    "payout": gettext_lazy("pays out"),
    "customers": gettext_lazy("keeps methods of payment for a payer"),
    "balance": gettext_lazy("tells its balance"),
    "settlements": gettext_lazy("lists what it settled"),
    "disputes": gettext_lazy("tells of disputes"),
    "check_credentials": gettext_lazy("tries credentials without moving money"),
    "statements": gettext_lazy("is read from bank statements"),
    "webhooks": gettext_lazy("sends webhooks that we understand"),
    WebhookTrust.SIGNED: gettext_lazy("their signature"),
    WebhookTrust.TOKEN: gettext_lazy("a secret token"),
    WebhookTrust.HINT_ONLY: gettext_lazy("nothing: each is only a hint to ask"),
}


@register.filter
def capability_words(code: str) -> object:
    return _CAPABILITIES.get(code, code)


@register.simple_tag
def rate_words(version: "CommissionVersion") -> str:
    """`4 % + 0.40 EUR, at most 5.00 EUR`."""
    currency = version.plan.currency
    parts = [percent(str(version.percent))] if version.percent or not version.fixed_minor else []
    if version.fixed_minor:
        parts.append(_amount(version.fixed_minor, currency))
    words = [" + ".join(parts)]
    if version.minimum_minor is not None:
        words.append(_("at least %(amount)s") % {"amount": _amount(version.minimum_minor, currency)})
    if version.maximum_minor is not None:
        words.append(_("at most %(amount)s") % {"amount": _amount(version.maximum_minor, currency)})
    return ", ".join(words)


@register.simple_tag
def plan_words(plan: "CommissionPlan") -> str:
    """For whom the plan holds."""
    if plan.owner_id:
        return _("%(type)s %(id)s") % {"type": tones.words_of(plan.owner_type), "id": plan.owner_id}
    return (
        _("Every %(type)s") % {"type": str(tones.words_of(plan.owner_type)).lower()}
        if plan.owner_type
        else _("Everybody")
    )


def _amount(minor: int, currency: str) -> str:
    return formatting.amount(Money(minor, currency), get_language() or "en")


@register.simple_tag
def percent_words(version: "CommissionVersion") -> str:
    return percent(str(version.percent))


@register.simple_tag
def percent_of(text: str) -> str:
    return percent(text)


@register.simple_tag
def minor_amount(minor: int | None, currency: str) -> SafeString:
    return amount(None if minor is None else Money(minor, currency))


@register.filter
def exact_words(exact: Decimal) -> str:
    """All decimals, with the comma or point of the reader's language."""
    plain = format(exact, "f")
    return plain.replace(".", ",") if (get_language() or "en").startswith("fr") else plain
