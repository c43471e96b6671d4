"""Who would get a payment like this? The decision as it would be made now; nothing is created and nobody is asked."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import countries, currencies, formatting
from common.money import InvalidAmount, Money
from console import routing_words, tones
from console.routing_words import Decision
from gateways.registry import PROFILES
from gateways.routing import Wanted
from payments.routing_api import dry_run
from payments.selectors import success_rates
from tenants.models import Tenant

PREFERRED_MAX = 3


@dataclass(slots=True)
class DryRun:
    """What was typed, what is wrong with it by field, and the decision once nothing is."""

    amount: str = ""
    currency: str = ""
    country: str = ""
    method: str = "card"
    preferred: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    understood: str = ""
    decision: Decision | None = None

    @property
    def methods(self) -> list[tuple[str, object]]:
        codes = {method for profile in PROFILES.values() for method in profile.methods}
        return [(code, tones.words_of(code)) for code in sorted(codes)]

    @property
    def gateways(self) -> list[tuple[str, str]]:
        return [(code, str(tones.words_of(code))) for code in sorted(PROFILES)]

    @property
    def places(self) -> list[str]:
        """What is preferred, filled up with empty places."""
        return (self.preferred + [""] * PREFERRED_MAX)[:PREFERRED_MAX]


def asked(request: HttpRequest, *, tenant: Tenant) -> DryRun:
    typed = DryRun(
        amount=request.GET.get("amount", "").strip()[:40],
        currency=request.GET.get("currency", "").strip().upper()[:3],
        country=request.GET.get("country", "").strip().upper()[:2],
        method=request.GET.get("method", "card")[:20],
        preferred=list(dict.fromkeys(code for code in request.GET.getlist("preferred") if code))[:PREFERRED_MAX],
    )
    if not typed.amount:
        return typed
    money = _money(typed)
    _check(typed)
    if money is not None and not typed.problems:
        typed.understood = _sentence(typed, money)
        typed.decision = _decide(typed, money, tenant=tenant)
    return typed


def _money(typed: DryRun) -> Money | None:
    if not currencies.is_known(typed.currency):
        typed.problems["currency"] = _("Write a currency of ISO 4217, such as XOF.")
        return None
    try:
        money = formatting.parse_amount(typed.amount, typed.currency)
    except InvalidAmount as problem:
        typed.problems["amount"] = str(problem)
        return None
    if not money.is_positive:
        typed.problems["amount"] = _("Write an amount above zero.")
    return money


def _check(typed: DryRun) -> None:
    if typed.country and not countries.is_known(typed.country):
        typed.problems["country"] = _("Write the two letters of a country, such as CM.")
    if typed.method not in dict(typed.methods):
        typed.problems["method"] = _("There is no such method.")
    if any(code not in PROFILES for code in typed.preferred):
        typed.problems["preferred"] = _("There is no such gateway in this release.")


def _decide(typed: DryRun, money: Money, *, tenant: Tenant) -> Decision | None:
    wanted = Wanted(
        tenant_id=tenant.pk,
        livemode=tenant.livemode,
        amount=money,
        method=typed.method,
        country=typed.country,
        preferred=tuple(typed.preferred),
        given=frozenset(need for profile in PROFILES.values() for need in profile.needs),
        rates=success_rates(tenant.pk),
    )
    found: dict[str, Any] = dry_run(wanted)
    return routing_words.decision_of(found, currency=money.currency)


def _sentence(typed: DryRun, money: Money) -> str:
    words = {
        "amount": formatting.amount(money, get_language() or "en"),
        "method": str(tones.words_of(typed.method)),
        "country": typed.country,
    }
    if typed.country:
        return _("%(amount)s from %(country)s, %(method)s") % words
    return _("%(amount)s from any country, %(method)s") % words
