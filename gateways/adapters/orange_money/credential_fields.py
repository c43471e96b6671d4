"""What an Orange Money account is set up with: its flavour, and the values that this flavour asks for.

Only the flavour is needed by every account; each flavour refuses to work without what it needs itself.
"""

from django.utils.translation import gettext_noop as _

from gateways.contract import CredentialField


def _secret(name: str, text: str, *, is_fixed: bool = False) -> CredentialField:
    return CredentialField(name, text, is_required=False, is_fixed=is_fixed)


def _setting(name: str, text: str, *, is_fixed: bool = False) -> CredentialField:
    return CredentialField(name, text, is_required=False, is_secret=False, is_fixed=is_fixed)


CREDENTIALS = (
    CredentialField("flavour", _("webpay, cameroon or sonatel"), is_secret=False, is_fixed=True),
    _setting("client_id", _("Client id of the application, from Orange's portal")),
    _secret("client_secret", _("Client secret of the application")),
    _setting("merchant_name", _("webpay, sonatel: the name that the payer sees")),
    _setting("token_path", _("webpay, sonatel: path of the call for a token, where it is not the usual one")),
    _secret("merchant_key", _("webpay: merchant key from the portal"), is_fixed=True),
    _setting("path_prefix", _("webpay: path of the subscription, such as /orange-money-webpay/cm/v1"), is_fixed=True),
    _setting("api_username", _("cameroon: user of the API, for X-AUTH-TOKEN")),
    _secret("api_password", _("cameroon: password of the API, for X-AUTH-TOKEN")),
    _setting("channel_msisdn", _("cameroon: telephone number of the merchant"), is_fixed=True),
    _setting("api_host", _("cameroon: https address of the API; a sandbox account needs the one Orange gave it")),
    _setting("merchant_code", _("sonatel: merchant code of six digits"), is_fixed=True),
    _setting("partner_msisdn", _("sonatel: telephone number that payouts leave from"), is_fixed=True),
    _secret("pin", _("cameroon, sonatel: PIN of the merchant's or partner's number")),
    _secret("callback_api_key", _("sonatel: the apiKey registered for callbacks; empty closes the endpoint")),
    _setting("payer_gets", _("sonatel: qr (when empty), or link to open the app at once")),
)
