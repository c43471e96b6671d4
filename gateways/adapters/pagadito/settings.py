"""What an account signs in with and where it lives. The host follows the account's home market, not the currency."""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_noop as _

from gateways.contract import CredentialField, Credentials
from gateways.errors import NotSent

FIELDS = (
    CredentialField("uid", _("UID, from the merchant panel."), is_secret=False, is_fixed=True),
    CredentialField("wsk", _("WSK, from the merchant panel. It also enters the signature of webhooks.")),
    CredentialField(
        "transport",
        _("How we speak to Pagadito: apipg (default, as its own plugin does) or connect (newer)."),
        is_required=False,
        is_secret=False,
        is_fixed=True,
    ),
    CredentialField(
        "country",
        _("Home market of the account: SV (default, in USD) or GT (in GTQ)."),
        is_required=False,
        is_secret=False,
        is_fixed=True,
    ),
    CredentialField(
        "allow_pending",
        _("true lets pre-authorised payments come back later (apipg only). Default: false."),
        is_required=False,
        is_secret=False,
    ),
    CredentialField(
        "extended_expiration",
        _("true keeps the payment page open for longer than 10 minutes (connect only). Default: false."),
        is_required=False,
        is_secret=False,
    ),
    CredentialField(
        "converted_amounts",
        _("accept: a status in USD for a charge in another currency counts, when it fits Pagadito's rate."),
        is_required=False,
        is_secret=False,
    ),
    CredentialField(
        "webhook_max_age_seconds",
        _("Refuse webhooks signed longer ago than this. Empty: any age; repeats are known by their id."),
        is_required=False,
        is_secret=False,
    ),
    CredentialField(
        "sandbox_certificate",
        _("Certificate (PEM) that signs the webhooks of a sandbox or simulator. Ignored by live accounts."),
        is_required=False,
        is_secret=False,
    ),
)

_SANDBOX_APIPG = "https://sandbox.pagadito.com/comercios/apipg/charges.php"
_LIVE_APIPG = {
    "SV": "https://comercios.pagadito.com/apipg/charges.php",
    "GT": "https://gt-comercios.pagadito.com/apipg/charges.php",
}
_SANDBOX_CONNECT = "https://sandbox-connect.pagadito.com/api/v2"
_LIVE_CONNECT = "https://connect.pagadito.com/api/v2"
_PATH = re.compile(r"https://[^/]+")
# Neither the separator of Basic nor the one of the webhook's signature.
_UID = re.compile(r"[!-9;-{}~]{1,200}")
_WSK = re.compile(r"[!-{}~]{1,200}")


@dataclass(frozen=True, slots=True)
class Settings:
    uid: str
    wsk: str = field(repr=False)
    livemode: bool
    transport: str
    country: str
    allows_pending: bool
    is_extended: bool
    accepts_converted: bool
    webhook_max_age: str
    sandbox_certificate: str = field(repr=False)
    simulator: str

    @classmethod
    def of(cls, credentials: Credentials, *, simulator: str) -> "Settings":
        get = credentials.get
        return cls(
            uid=get("uid").strip(),
            wsk=get("wsk").strip(),
            livemode=credentials.livemode,
            transport=get("transport").strip().lower() or "apipg",
            country=get("country").strip().upper() or "SV",
            allows_pending=get("allow_pending").strip().lower() == "true",
            is_extended=get("extended_expiration").strip().lower() == "true",
            accepts_converted=get("converted_amounts").strip().lower() == "accept",
            webhook_max_age=get("webhook_max_age_seconds").strip(),
            # A live account believes Pagadito's own hosts and nothing that somebody typed in.
            sandbox_certificate="" if credentials.livemode else get("sandbox_certificate").strip(),
            simulator=simulator.rstrip("/"),
        )

    def require_usable(self) -> None:
        """Raises NotSent: nothing may leave with credentials that cannot work."""
        if _UID.fullmatch(self.uid) is None or _WSK.fullmatch(self.wsk) is None:
            raise NotSent("credentials_unusable", "uid or wsk is missing or has characters that neither can have")
        if self.transport not in ("apipg", "connect"):
            raise NotSent("credentials_unusable", "transport is apipg or connect")
        if self.country not in _LIVE_APIPG:
            raise NotSent("credentials_unusable", "country is SV or GT")

    @property
    def apipg_url(self) -> str:
        return self._address(_LIVE_APIPG[self.country] if self.livemode else _SANDBOX_APIPG)

    @property
    def connect_url(self) -> str:
        return self._address(_LIVE_CONNECT if self.livemode else _SANDBOX_CONNECT)

    def _address(self, own: str) -> str:
        return _PATH.sub(self.simulator, own, count=1) if self.simulator else own
