"""Orange Money is not one API: an account names its flavour, and that flavour's class serves it.

The class here stands for all of them: what it has is what some account can do, and its profile is the worst case, save
that it asks a charge for nothing: what one flavour needs, another has no use for. Each refuses before it sends.
"""

import dataclasses
from typing import Any

from gateways.adapters.orange_money.cameroon import Cameroon
from gateways.adapters.orange_money.error_table import ERRORS
from gateways.adapters.orange_money.flavour import SHARED
from gateways.adapters.orange_money.sonatel import Sonatel
from gateways.adapters.orange_money.webpay import WebPay
from gateways.contract import Credentials

FLAVOURS: dict[str, type[WebPay | Cameroon | Sonatel]] = {
    flavour.name: flavour for flavour in (WebPay, Cameroon, Sonatel)
}


class OrangeMoneyGateway(WebPay, Cameroon, Sonatel):
    """Never an object: making one makes its account's flavour. Without a flavour it is one that refuses to work."""

    profile = dataclasses.replace(
        SHARED,
        countries=frozenset().union(*(flavour.profile.countries for flavour in FLAVOURS.values())),
    )
    errors = ERRORS

    def __new__(cls, credentials: Credentials, **more: Any) -> WebPay | Cameroon | Sonatel:  # type: ignore[misc]
        return FLAVOURS.get(credentials.get("flavour"), WebPay)(credentials, **more)
