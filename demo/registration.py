"""Making our accounts known at the simulator, as a person would in each gateway's portal; repeated at every start."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from django.conf import settings

from demo.simulator import Simulator
from gateways.accounts import webhook_address
from gateways.credentials import unseal
from gateways.models import GatewayAccount
from gateways.registry import sealing_context

_NAME = "Soirée Platform (demo)"
Values = Mapping[str, str]
Body = dict[str, object]


def register(account: GatewayAccount, *, simulator: Simulator) -> None:
    values = unseal(bytes(account.credentials), context=sealing_context(account))
    simulator.control(f"{account.gateway}/accounts", **_PORTALS[account.gateway](values, account))


def _stripe(values: Values, account: GatewayAccount) -> Body:
    secrets = {name: values.get(name, "") for name in ("secret_key", "webhook_secret")}
    return {**secrets, "webhook_url": webhook_address(account), "name": _NAME}


def _paypal(values: Values, account: GatewayAccount) -> Body:
    secrets = {name: values.get(name, "") for name in ("client_id", "client_secret", "webhook_id")}
    return {**secrets, "webhook_url": webhook_address(account), "name": _NAME}


def _paystack(values: Values, account: GatewayAccount) -> Body:
    return {"secret_key": values.get("secret_key", ""), "webhook_url": webhook_address(account), "name": _NAME}


def _cinetpay(values: Values, _account: GatewayAccount) -> Body:
    """Nothing is told of webhooks: their address travels with every payment."""
    secrets = {name: values.get(name, "") for name in ("api_key", "site_id", "secret_key", "api_password")}
    return {**secrets, "name": _NAME}


def _mtn_momo(values: Values, account: GatewayAccount) -> Body:
    """The host alone is registered; the address travels with every request."""
    parts = ("subscription_key", "user", "secret")
    products = ("collection", "disbursement")
    return {
        "id": f"momo_{account.public_id.hex[:12]}",
        "name": _NAME,
        "platform": values.get("platform", ""),
        "environment": values.get("target_environment", ""),
        "callback_host": urlsplit(settings.PUBLIC_URL).hostname or "",
        **{product: {part: values.get(f"{product}_{part}", "") for part in parts} for product in products},
    }


def _orange_money(values: Values, _account: GatewayAccount) -> Body:
    client = {name: values.get(name, "") for name in ("client_id", "client_secret")}
    return {**client, "name": _NAME, "settings": {"merchant_key": values.get("merchant_key", "")}}


def _pagadito(values: Values, account: GatewayAccount) -> Body:
    return {
        "uid": values.get("uid", ""),
        "wsk": values.get("wsk", ""),
        "name": _NAME,
        "webhook_url": webhook_address(account),
        "return_url": f"{settings.PUBLIC_URL}/health",
    }


def _bank_transfer(values: Values, _account: GatewayAccount) -> Body:
    return {**{name: values.get(name, "") for name in ("iban", "bic", "holder")}, "currency": "EUR"}


_PORTALS: dict[str, Callable[[Values, GatewayAccount], Body]] = {
    "stripe": _stripe,
    "paypal": _paypal,
    "paystack": _paystack,
    "cinetpay": _cinetpay,
    "mtn_momo": _mtn_momo,
    "orange_money": _orange_money,
    "pagadito": _pagadito,
    "bank_transfer": _bank_transfer,
}
