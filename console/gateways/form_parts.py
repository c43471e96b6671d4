"""What the forms about gateways share: why it is done, what was seen when the form opened, lists of codes."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import countries, currencies

_SEPARATORS = re.compile(r"[\s,;]+")


class ChangeForm(forms.Form):
    """Every change says why, and is refused when somebody else changed the row since the form was opened."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Kept with the change, for whoever asks later. Never a password."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def refuse_if_changed(self, now: Mapping[str, object]) -> bool:
        """True where the row is not what it was when the form was opened: the form then says so."""
        if self.cleaned_data["seen"] == fingerprint(now):
            return False
        self.add_error(None, _("Somebody changed this in the meantime. Open the page again and look at what is new."))
        return True


class CodesField(forms.CharField):
    """Codes with spaces or commas between them, in capitals, each once, in the order given."""

    def to_python(self, value: object) -> list[str]:  # type: ignore[override]
        text = str(value or "").strip().upper()
        return list(dict.fromkeys(code for code in _SEPARATORS.split(text) if code))

    def prepare_value(self, value: object) -> object:
        return ", ".join(value) if isinstance(value, list | tuple) else value


class WithoutValue(forms.PasswordInput):
    """A field of which nothing is ever sent back, although what is typed may be read on the screen."""

    input_type = "text"


class WithoutText(forms.Textarea):
    def get_context(self, name: str, value: object, attrs: Mapping[str, object] | None) -> dict[str, object]:
        return super().get_context(name, None, dict(attrs or {}))


def fingerprint(values: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()[:16]


def require_currencies(codes: Iterable[str]) -> None:
    _require(codes, known=currencies.is_known, text=_("Not a currency of ISO 4217: %(codes)s."))


def require_countries(codes: Iterable[str]) -> None:
    _require(codes, known=countries.is_known, text=_("Not a country of ISO 3166, two letters: %(codes)s."))


def require_within(codes: Iterable[str], allowed: Iterable[str], *, text: str) -> None:
    """`allowed` that is empty allows everything."""
    permitted = set(allowed)
    if permitted and (strange := [code for code in codes if code not in permitted]):
        raise ValidationError(text % {"codes": ", ".join(strange)})


def _require(codes: Iterable[str], *, known: Callable[[str], bool], text: str) -> None:
    if strange := [code for code in codes if not known(code)]:
        raise ValidationError(text % {"codes": ", ".join(strange)})
