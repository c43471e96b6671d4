"""What a gateway account takes, as a form: in use or not, its place, currencies, countries, methods, limits, fees."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import currencies, formatting
from common.money import MAX_MINOR, InvalidAmount
from console import tones
from console.gateways.form_parts import (
    ChangeForm,
    CodesField,
    fingerprint,
    require_countries,
    require_currencies,
    require_within,
)
from console.gateways.terms import fees_of
from gateways.models import GatewayAccount
from gateways.registry import PROFILES

FIELDS = (
    "is_active", "priority", "currencies", "countries", "methods", "minimum_minor", "maximum_minor", "fees",
)  # fmt: skip
_PRIORITY_MAX = 32_767
_EMPTY_FEE_ROWS = 2
_PERCENT = re.compile(r"(0|[1-9][0-9]?)(?:[.,]([0-9]{1,4}))?")


class AccountForm(ChangeForm):
    is_active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        help_text=gettext_lazy("Switched off, it takes no new payments; those under way are finished."),
    )
    priority = forms.IntegerField(
        label=gettext_lazy("Priority"),
        min_value=0,
        max_value=_PRIORITY_MAX,
        help_text=gettext_lazy("Lower is tried first, where nothing else decides."),
    )
    currencies = CodesField(label=gettext_lazy("Currencies"), max_length=2_000)
    countries = CodesField(
        label=gettext_lazy("Countries of payers"),
        max_length=2_000,
        required=False,
        help_text=gettext_lazy("Empty: every country that the gateway serves."),
    )
    methods = forms.MultipleChoiceField(label=gettext_lazy("Methods"), widget=forms.CheckboxSelectMultiple)
    minimum_minor = forms.IntegerField(
        label=gettext_lazy("Smallest amount, in minor units"),
        min_value=1,
        max_value=MAX_MINOR,
        help_text=gettext_lazy("The same number for every currency: 500 is 5.00 EUR and 500 XOF."),
    )
    maximum_minor = forms.IntegerField(
        label=gettext_lazy("Largest amount, in minor units"), min_value=1, max_value=MAX_MINOR
    )

    def __init__(self, data: Mapping[str, Any] | None, *, account: GatewayAccount) -> None:
        self.account, self.profile = account, PROFILES[account.gateway]
        fees = fees_of(account)
        super().__init__(data, initial={**values_of(account), "seen": fingerprint(values_of(account))})
        allowed = sorted(self.profile.methods | set(account.methods))
        self.fields["methods"].choices = [  # type: ignore[attr-defined]
            (method, str(tones.words_of(method))) for method in allowed
        ]
        rows = [(fee.currency, fee.percent, formatting.amount_plain(fee.fixed)) for fee in fees]
        self.fee_rows = [self._add_fee_row(n, row) for n, row in enumerate(rows + [("", "", "")] * _EMPTY_FEE_ROWS)]

    def _add_fee_row(self, number: int, initial: tuple[str, str, str]) -> tuple[str, str, str]:
        names = (f"fee_currency_{number}", f"fee_percent_{number}", f"fee_fixed_{number}")
        labels = (_("Currency"), _("Percent"), _("Fixed part"))
        for name, label, value in zip(names, labels, initial, strict=True):
            self.fields[name] = forms.CharField(label=label, initial=value, required=False, max_length=40)
        return names

    def clean_currencies(self) -> list[str]:
        codes: list[str] = self.cleaned_data["currencies"]
        require_currencies(codes)
        name = self.profile.display_name
        require_within(codes, self.profile.currencies, text=name + " " + _("does not take %(codes)s."))
        return codes

    def clean_countries(self) -> list[str]:
        codes: list[str] = self.cleaned_data["countries"]
        require_countries(codes)
        name = self.profile.display_name
        require_within(codes, self.profile.countries, text=name + " " + _("does not serve %(codes)s."))
        return codes

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        least, most = found.get("minimum_minor"), found.get("maximum_minor")
        if least is not None and most is not None and least > most:
            self.add_error("maximum_minor", _("Less than the smallest amount."))
        found["fees"] = self._fees()
        return found

    def _fees(self) -> dict[str, dict[str, Any]]:
        fees: dict[str, dict[str, Any]] = {}
        for names in self.fee_rows:
            currency, percent, fixed = (str(self.cleaned_data.get(name, "")).strip() for name in names)
            if not (currency or percent or fixed):
                continue
            code = currency.upper()
            if problem := self._wrong_currency(code, known=fees):
                self.add_error(names[0], problem)
            elif (share := _percent(percent or "0")) is None:
                self.add_error(names[1], _("Write a percentage such as 1.5, below 100, with at most 4 decimals."))
            else:
                fees |= self._fee(code, share, fixed or "0", name=names[2])
        return fees

    def _wrong_currency(self, code: str, *, known: Mapping[str, object]) -> str:
        if not currencies.is_known(code):
            return _("Not a currency of ISO 4217: %(codes)s.") % {"codes": code or "–"}
        if code in known:
            return _("Named already.")
        return "" if code in self.cleaned_data.get("currencies", [code]) else _("The account does not take it.")

    def _fee(self, code: str, percent: str, fixed: str, *, name: str) -> dict[str, dict[str, Any]]:
        try:
            amount = formatting.parse_amount(fixed, code)
        except InvalidAmount as problem:
            self.add_error(name, str(problem))
            return {}
        return {code: {"percent": percent, "fixed": amount.minor}}

    @property
    def values(self) -> dict[str, Any]:
        """By the names of the model."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    @property
    def fee_fields(self) -> list[list[forms.BoundField]]:
        return [[self[name] for name in names] for names in self.fee_rows]


def values_of(account: GatewayAccount) -> dict[str, Any]:
    return {name: getattr(account, name) for name in FIELDS}


def _percent(text: str) -> str | None:
    """As it is stored: a point, no idle zeros."""
    found = _PERCENT.fullmatch(text.removesuffix("%").strip())
    if found is None:
        return None
    return format(Decimal(f"{found.group(1)}.{found.group(2) or '0'}").normalize(), "f")
