"""What an account signs in with, as a form that only takes: no value is ever sent to the browser, typed or stored."""

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.errors import DomainError
from console.gateways.form_parts import ChangeForm, CodesField, WithoutText, WithoutValue, require_currencies
from gateways.accounts import CredentialsRefused
from gateways.contract import CredentialField, GatewayProfile
from gateways.models import GatewayAccount
from tenants.models import Tenant

_VALUE_MAX = 4_000
_PREFIX = "credential_"
# Shorter ones are words such as "yes" or "sandbox".
_REPEATED_MIN = 8
# Of more than one line.
_LONG = ("certificate", "profile")


class CredentialsForm(ChangeForm):
    """One field per value of the gateway. An empty field leaves alone what is stored."""

    def __init__(
        self, data: Mapping[str, Any] | None, *, profile: GatewayProfile, stored: Collection[str] = (), is_new: bool
    ) -> None:
        super().__init__(data)
        self.profile, self.stored, self.is_new = profile, frozenset(stored), is_new
        self.kept_fixed = [field for field in profile.credentials if field.is_fixed and field.name in self.stored]
        self.asked = [field for field in profile.credentials if field not in self.kept_fixed]
        for field in self.asked:
            self.fields[_PREFIX + field.name] = _field(field, is_required=is_new and field.is_required)
        removable = [field for field in self.asked if field.name in self.stored and not field.is_required]
        self.fields["remove"] = forms.MultipleChoiceField(
            label=gettext_lazy("Remove what is stored"),
            required=False,
            choices=[(field.name, field.name) for field in removable],
            widget=forms.CheckboxSelectMultiple,
        )
        self.has_removable = bool(removable)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors and not self.is_new and not self.changes:
            self.add_error(None, _("Nothing was typed: fill the fields that shall change."))
        return found

    @property
    def changes(self) -> dict[str, str]:
        """Name to new value; empty for what shall be removed."""
        typed = {field.name: self.cleaned_data.get(_PREFIX + field.name, "") for field in self.asked}
        removed = dict.fromkeys(self.cleaned_data.get("remove", ()), "")
        return removed | {name: value for name, value in typed.items() if value}

    def refuse(self, error: DomainError) -> None:
        """Say at its field, or on top, why the gateway or we refused; nothing was stored."""
        if isinstance(error, CredentialsRefused):
            words = {"gateway": self.profile.display_name, "text": self.without_values(error.message)}
            self.add_error(None, _("%(gateway)s refuses these values; none of them was stored. %(text)s") % words)
            return
        told = [detail for detail in error.details if detail.get("field", "").startswith("$.credentials.")]
        for detail in told:
            name = _PREFIX + detail["field"].removeprefix("$.credentials.")
            self.add_error(name if name in self.fields else None, error.message)
        if not told:
            self.add_error(None, error.message)

    def without_values(self, text: str) -> str:
        """What a gateway says may repeat what was typed; a page never does."""
        for value in sorted(self.changes.values(), key=len, reverse=True):
            text = text.replace(value, "…") if len(value) >= _REPEATED_MIN else text
        return text

    @property
    def lines(self) -> list[tuple[CredentialField, forms.BoundField, bool]]:
        """What each field is, its input, and whether a value of it is stored."""
        return [(field, self[_PREFIX + field.name], field.name in self.stored) for field in self.asked]


class OpeningForm(CredentialsForm):
    """A new account: whose, what it is called, which currencies it takes, and what it signs in with."""

    tenant = forms.ModelChoiceField(label=gettext_lazy("Tenant"), queryset=Tenant.objects.none(), empty_label=None)
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("What people call it; it stands on payments and in the books."),
    )
    currencies = CodesField(label=gettext_lazy("Currencies"), max_length=2_000)

    def __init__(self, data: Mapping[str, Any] | None, *, profile: GatewayProfile) -> None:
        super().__init__(data, profile=profile, is_new=True)
        self.fields["tenant"].queryset = Tenant.objects.order_by("pk")  # type: ignore[attr-defined]
        self.fields["name"].initial = profile.display_name
        if len(profile.currencies) <= 12:
            self.fields["currencies"].initial = sorted(profile.currencies)

    def clean_currencies(self) -> list[str]:
        codes: list[str] = self.cleaned_data["currencies"]
        require_currencies(codes)
        return codes

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        same = GatewayAccount.objects.filter(
            tenant=found.get("tenant"), gateway=self.profile.code, name=found.get("name", "")
        )
        if found.get("tenant") and same.exists():
            self.add_error("name", _("This tenant has an account of this name already."))
        return found


def _field(field: CredentialField, *, is_required: bool) -> forms.CharField:
    attrs = {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "off"}
    widget: forms.Widget = forms.PasswordInput(attrs=attrs) if field.is_secret else WithoutValue(attrs=attrs)
    if not field.is_secret and any(word in field.name for word in _LONG):
        widget = WithoutText(attrs=attrs | {"rows": "4"})
    return forms.CharField(label=_(field.text), required=is_required, max_length=_VALUE_MAX, widget=widget)
