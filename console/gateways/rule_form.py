"""One routing rule as a form: what it asks of a payment, and which gateways it then puts first."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import countries, currencies, formatting
from common.money import InvalidAmount, Money
from console import tones
from console.gateways.form_parts import ChangeForm, fingerprint
from gateways.contract import GatewayProfile
from gateways.models import RoutingRule
from gateways.registry import PROFILES
from tenants.models import Tenant

POSITION_MAX = 32_767
_STEP = 10
_CHOICES_MIN = 3
FIELDS = (
    "position", "name", "is_active", "currency", "country", "method", "minimum_minor", "maximum_minor", "gateways",
    "is_exclusive",
)  # fmt: skip


class RuleForm(ChangeForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    position = forms.IntegerField(
        label=gettext_lazy("Position"),
        min_value=1,
        max_value=POSITION_MAX,
        help_text=gettext_lazy("The rule with the lowest position that matches decides."),
    )
    is_active = forms.BooleanField(label=gettext_lazy("In force"), required=False, initial=True)
    currency = forms.CharField(
        label=gettext_lazy("Currency"), max_length=3, required=False, help_text=gettext_lazy("Empty: any.")
    )
    country = forms.CharField(
        label=gettext_lazy("Country of the payer"),
        max_length=2,
        required=False,
        help_text=gettext_lazy("Two letters, such as CM. Empty: any."),
    )
    method = forms.ChoiceField(label=gettext_lazy("Method"), required=False)
    minimum = forms.CharField(
        label=gettext_lazy("From an amount of"), required=False, help_text=gettext_lazy("Needs a currency.")
    )
    maximum = forms.CharField(
        label=gettext_lazy("Up to an amount of"), required=False, help_text=gettext_lazy("Needs a currency.")
    )
    is_exclusive = forms.BooleanField(
        label=gettext_lazy("Only these gateways, no other"),
        required=False,
        help_text=gettext_lazy("Where none of them can take a payment, it is refused."),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, tenant: Tenant, rule: RoutingRule | None) -> None:
        super().__init__(data, initial=_initial(tenant, rule))
        self.tenant, self.rule = tenant, rule
        self.choice_names = self._add_choices(rule)
        methods = sorted({method for profile in PROFILES.values() for method in profile.methods})
        words = [(method, str(tones.words_of(method))) for method in methods]
        self.fields["method"].choices = [("", _("any")), *words]  # type: ignore[attr-defined]

    def _add_choices(self, rule: RoutingRule | None) -> list[str]:
        """One field per place; always one more than the rule has, as far as there are gateways."""
        chosen = rule.gateways if rule else []
        count = min(len(PROFILES), max(_CHOICES_MIN, len(chosen) + 1))
        known = [(code, str(tones.words_of(code))) for code in sorted(PROFILES)]
        names = [f"gateway_{place}" for place in range(1, count + 1)]
        for place, name in enumerate(names, start=1):
            self.fields[name] = forms.ChoiceField(
                label=_("Gateway, choice %(place)d") % {"place": place},
                required=place == 1,
                choices=[("", "–"), *known, *((code, code) for code in chosen if code not in PROFILES)],
                initial=chosen[place - 1] if place <= len(chosen) else "",
            )
        return names

    def clean_currency(self) -> str:
        code = str(self.cleaned_data["currency"]).strip().upper()
        if code and not currencies.is_known(code):
            raise forms.ValidationError(_("Not a currency of ISO 4217: %(codes)s.") % {"codes": code})
        return code

    def clean_country(self) -> str:
        code = str(self.cleaned_data["country"]).strip().upper()
        if code and not countries.is_known(code):
            raise forms.ValidationError(_("Not a country of ISO 3166, two letters: %(codes)s.") % {"codes": code})
        return code

    def clean_position(self) -> int:
        position = int(self.cleaned_data["position"])
        taken = RoutingRule.objects.filter(tenant=self.tenant, position=position)
        other = (taken.exclude(pk=self.rule.pk) if self.rule else taken).first()
        if other is not None:
            raise forms.ValidationError(
                _("Position %(position)d is taken by the rule “%(name)s”.") % {"position": position, "name": other.name}
            )
        return position

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        least, most = self._amount("minimum"), self._amount("maximum")
        if least is not None and most is not None and least.minor > most.minor:
            self.add_error("maximum", _("Less than the amount it begins from."))
        gateways = self._gateways()
        if not self.errors:
            self._require_some_use(gateways)
        found |= {
            "minimum_minor": least.minor if least else None,
            "maximum_minor": most.minor if most else None,
            "gateways": gateways,
        }
        return found

    def _amount(self, name: str) -> Money | None:
        text, currency = str(self.cleaned_data.get(name, "")).strip(), self.cleaned_data.get("currency", "")
        if not text or "currency" in self.errors:
            return None
        if not currency:
            self.add_error(name, _("An amount says nothing without a currency: name one above."))
            return None
        try:
            return formatting.parse_amount(text, currency)
        except InvalidAmount as problem:
            self.add_error(name, str(problem))
            return None

    def _gateways(self) -> list[str]:
        gateways: list[str] = []
        for name in self.choice_names:
            code = self.cleaned_data.get(name, "")
            if code and code in gateways:
                self.add_error(name, _("Named already."))
            elif code and code not in PROFILES:
                self.add_error(name, _("There is no such gateway in this release."))
            elif code:
                gateways.append(code)
        return gateways

    def _require_some_use(self, gateways: list[str]) -> None:
        """A rule none of whose gateways could ever take such a payment is a mistake."""
        wanted = self.cleaned_data
        if not any(
            _could_take(PROFILES[code], wanted["currency"], wanted["country"], wanted["method"]) for code in gateways
        ):
            self.add_error("gateway_1", _("None of these gateways takes payments like these."))

    @property
    def values(self) -> dict[str, Any]:
        """By the names of the model."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self[name] for name in self.choice_names]


def values_of(rule: RoutingRule | None) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in FIELDS} if rule else {}


def _initial(tenant: Tenant, rule: RoutingRule | None) -> dict[str, Any]:
    if rule is None:
        highest = RoutingRule.objects.filter(tenant=tenant).aggregate(most=Max("position"))["most"] or 0
        return {"position": min(POSITION_MAX, highest + _STEP), "seen": fingerprint({})}
    return {
        "name": rule.name,
        "position": rule.position,
        "is_active": rule.is_active,
        "currency": rule.currency,
        "country": rule.country,
        "method": rule.method,
        "minimum": _written(rule.minimum_minor, rule.currency),
        "maximum": _written(rule.maximum_minor, rule.currency),
        "is_exclusive": rule.is_exclusive,
        "seen": fingerprint(values_of(rule)),
    }


def _written(minor: int | None, currency: str) -> str:
    if minor is None:
        return ""
    return formatting.amount_plain(Money(minor, currency)) if currency else str(minor)


def _could_take(profile: GatewayProfile, currency: str, country: str, method: str) -> bool:
    return (
        (not currency or not profile.currencies or currency in profile.currencies)
        and (not country or not profile.countries or country in profile.countries)
        and (not method or method in profile.methods)
    )
