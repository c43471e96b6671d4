"""Which ways to pay the page offers, and what CinetPay wants to know of the payer before it offers cards."""

from gateways.adapters.cinetpay.ids import COUNTRY_OF_PREFIX, digits_of, split_name
from gateways.adapters.cinetpay.settings import Settings
from gateways.contract import ChargeRequest
from gateways.errors import NotSent

_CHANNELS = {"mobile_money": "MOBILE_MONEY", "card": "CREDIT_CARD", "wallet": "WALLET"}
_WITH_CARDS = frozenset({"ALL", "CREDIT_CARD"})
_ADDRESS = ("card_address", "card_city", "card_zip_code")


def channels(request: ChargeRequest, *, settings: Settings) -> str:
    """Without a wish all ways to pay, or mobile money alone where the account has no address for cards."""
    if request.method:
        return _CHANNELS.get(request.method) or _unknown_method(request.method)
    has_all = all(settings.get(name) for name in _ADDRESS) and request.payer_name and request.payer_email
    return "ALL" if has_all and request.payer_phone and _country(request) else "MOBILE_MONEY"


def customer(request: ChargeRequest, *, settings: Settings, channels: str) -> dict[str, str]:
    first, last = split_name(request.payer_name)
    digits = digits_of(request.payer_phone)
    fields = {
        "customer_name": last,
        "customer_surname": first,
        "customer_email": request.payer_email,
        "customer_phone_number": f"+{digits}" if digits else "",
    }
    if channels in _WITH_CARDS:
        country = _country(request)
        fields |= {
            "customer_address": settings.get("card_address"),
            "customer_city": settings.get("card_city"),
            "customer_zip_code": settings.get("card_zip_code"),
            "customer_country": country,
            "customer_state": settings.get("card_state") or country,
        }
        missing = [name for name, value in fields.items() if not value]
        if missing:
            raise NotSent("payer_details_missing", f"for cards CinetPay wants {', '.join(missing)}")
    return {name: value for name, value in fields.items() if value}


def _country(request: ChargeRequest) -> str:
    """The payer's country, where we were told none that of the telephone number."""
    return request.country or COUNTRY_OF_PREFIX.get(digits_of(request.payer_phone)[:3], "")


def _unknown_method(method: str) -> str:
    raise NotSent("invalid_request", f"CinetPay has no method {method!r:.40}")
