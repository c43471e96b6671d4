"""What an account of CinetPay signs in with, and what decides where its sources disagree. Unset means the safest."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from gateways.contract import CredentialField, Credentials
from gateways.errors import NotSent

CHECKOUT_V2 = "checkout_v2"
API_V1 = "api_v1"
YES = "yes"


def _plain(name: str, text: str, *, is_fixed: bool = False) -> CredentialField:
    return CredentialField(name, text, is_required=False, is_secret=False, is_fixed=is_fixed)


def _secret(name: str, text: str) -> CredentialField:
    return CredentialField(name, text, is_required=False)


FIELDS = (
    _plain("generation", _("checkout_v2 (the rule, and when empty) or api_v1"), is_fixed=True),
    CredentialField("api_key", _("API key (apikey, or sk_test_… and sk_live_… of api_v1)")),
    _plain("site_id", _("Site id; checkout_v2 needs it"), is_fixed=True),
    _secret("secret_key", _("Secret key that signs notifications; checkout_v2 needs it to believe any")),
    _secret("secret_key_previous", _("The secret key before this one, while changing it")),
    _secret("api_password", _("API password: api_v1 needs it, checkout_v2 for transfers")),
    _secret("transfer_api_key", _("API key for transfers of checkout_v2 where it is another one")),
    _plain("transfer_currency", _("Currency of the purse for transfers of checkout_v2"), is_fixed=True),
    _plain("contact_email", _("E-mail address given for receivers of transfers; checkout_v2 needs one")),
    _plain("transfer_check", _("How checkout_v2 is asked about a transfer: get (when empty) or post")),
    _plain("test_site", _("yes: CinetPay put this site of checkout_v2 into a test mode (unconfirmed that it exists)")),
    _plain("unsigned_notices", _("yes: take notifications in JSON without x-token as hints (unconfirmed)")),
    _plain("recheck_minutes", _("A refusal younger than this may be followed by a new try on the page: 5 when empty")),
    _plain("lock_phone_number", _("yes: the payer pays from the number we give and no other")),
    _plain("card_address", _("Address given for cards; checkout_v2 offers no cards without one")),
    _plain("card_city", _("City given for cards")),
    _plain("card_zip_code", _("Postal code given for cards")),
    _plain("card_state", _("State given for cards, two letters (US, CA)")),
    _plain("channel", _("Channel of api_v1: PUSH (when empty), OTP, QRCODE, or none to leave it out")),
    _plain("final_codes", _("Codes of api_v1 that end a payment besides 2005 and 2010, such as: 2003 2007")),
    _plain("refused_transfers_end", _("yes: 1004 and 2011 end a transfer of api_v1 (sources disagree)")),
)
_RECHECK_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """The credentials of one account, asked by name."""

    credentials: Credentials
    is_simulated: bool

    def get(self, name: str) -> str:
        return self.credentials.get(name).strip()

    def is_on(self, name: str) -> bool:
        return self.get(name).lower() == YES

    def need(self, *names: str) -> None:
        """Raises NotSent when one of them is empty."""
        missing = [name for name in names if not self.get(name)]
        if missing:
            raise NotSent("credentials_unusable", f"missing: {', '.join(missing)}")

    @property
    def generation(self) -> str:
        return self.get("generation") or CHECKOUT_V2

    @property
    def recheck_minutes(self) -> int:
        wanted = self.get("recheck_minutes")
        return int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) <= 4 else _RECHECK_MINUTES
