"""How the console looks and what its menu holds: settings of Unfold, the admin theme it stands on."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# Blue of which 500 on dark and 600 on light keep 4.5:1 for text.
_PRIMARY = {
    "50": "oklch(97% .014 254.604)",
    "100": "oklch(93.2% .032 255.585)",
    "200": "oklch(88.2% .059 254.128)",
    "300": "oklch(80.9% .105 251.813)",
    "400": "oklch(70.7% .165 254.624)",
    "500": "oklch(67% .17 257)",
    "600": "oklch(54.6% .215 262.881)",
    "700": "oklch(48.8% .217 264.376)",
    "800": "oklch(42.4% .18 265.638)",
    "900": "oklch(37.9% .135 265.522)",
    "950": "oklch(28.2% .091 267.935)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Payment console"),
    "SITE_HEADER": _("Payment console"),
    "SITE_SUBHEADER": "console.environment.subheader",
    "SITE_SYMBOL": "account_balance",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "console.environment.favicon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": "console.environment.language_address"},
    "ENVIRONMENT": "console.environment.label",
    "STYLES": ["console.environment.stylesheet", "console.environment.books_stylesheet"],
    "SCRIPTS": ["console.environment.script"],
    "BORDER_RADIUS": "6px",
    "COLORS": {"primary": _PRIMARY},
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "console.navigation.groups",
    },
}
