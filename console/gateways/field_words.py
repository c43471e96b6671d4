"""What the fields of gateway accounts and routing rules are called on a page."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_FIELDS: dict[str, Promise] = {
    "name": _("Name"),
    "is_active": _("Active"),
    "priority": _("Priority"),
    "position": _("Position"),
    "currency": _("Currency"),
    "currencies": _("Currencies"),
    "country": _("Country"),
    "countries": _("Countries"),
    "method": _("Method"),
    "methods": _("Methods"),
    "minimum_minor": _("Smallest amount"),
    "maximum_minor": _("Largest amount"),
    "fees": _("Fees"),
    "gateways": _("Gateways"),
    "is_exclusive": _("No other gateway"),
    "credentials": _("Credentials"),
}


def field_words(name: str) -> str:
    return str(_FIELDS.get(name, name))
