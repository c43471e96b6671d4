"""The gateway accounts of the demo: one of every gateway, signed in with secrets made for this installation alone.

What exists is left as it is, so that a data folder of an earlier release only gains what it lacks.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from gateways.accounts import open_account
from gateways.models import GatewayAccount, RoutingRule
from tenants.models import Tenant

Fees = Mapping[str, Mapping[str, str | int]]
# Of no bank: eight zeros are given to none, and a BIC with a zero there is a test's.
_BANK_CODE, _TEST_BIC = "00000000", "SIMUDE00XXX"


@dataclass(frozen=True, slots=True)
class Planned:
    """An account to open. `fees` are estimates, as GatewayAccount.fees documents; empty methods mean all."""

    gateway: str
    name: str
    currencies: tuple[str, ...]
    priority: int
    fees: Fees
    make_credentials: Callable[[], dict[str, str]] = field(repr=False)
    methods: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


def open_missing(tenant: Tenant, *, now: datetime) -> list[GatewayAccount]:
    """Open what the tenant has no account for yet; the rules come with the first of them."""
    known = set(GatewayAccount.objects.filter(tenant=tenant).values_list("gateway", flat=True))
    opened = [_open(tenant, plan, now=now) for plan in PLANNED if plan.gateway not in known]
    if opened and not RoutingRule.objects.filter(tenant=tenant).exists():
        RoutingRule.objects.bulk_create(_rules(tenant))
    return opened


def known_of(tenant: Tenant) -> list[GatewayAccount]:
    """Those opened here, Stripe's first; what somebody has opened by hand beside them is nothing of ours."""
    found = {(account.gateway, account.name): account for account in GatewayAccount.objects.filter(tenant=tenant)}
    return [found[plan.gateway, plan.name] for plan in PLANNED if (plan.gateway, plan.name) in found]


def _open(tenant: Tenant, plan: Planned, *, now: datetime) -> GatewayAccount:
    account = open_account(
        tenant=tenant,
        gateway=plan.gateway,
        name=plan.name,
        currencies=plan.currencies,
        credentials=plan.make_credentials(),
        now=now,
    )
    account.methods = sorted(plan.methods or account.methods)
    account.countries, account.priority = list(plan.countries), plan.priority
    account.fees = {currency: dict(fee) for currency, fee in plan.fees.items()}
    account.save(update_fields=["methods", "countries", "priority", "fees"])
    return account


def _rules(tenant: Tenant) -> list[RoutingRule]:
    wanted = (
        ("Mobile money in Cameroon: MTN first", "mobile_money", "CM", ["mtn_momo", "orange_money", "cinetpay"]),
        ("Mobile money in Côte d'Ivoire: Orange first", "mobile_money", "CI", ["orange_money", "cinetpay"]),
        ("Cards in El Salvador: Pagadito first", "card", "SV", ["pagadito", "stripe"]),
        ("Cards: Stripe first", "card", "", ["stripe"]),
    )
    return [
        RoutingRule(tenant=tenant, position=10 * number, name=name, method=method, country=country, gateways=gateways)
        for number, (name, method, country, gateways) in enumerate(wanted, start=1)
    ]


def _fee(percent: str = "0", fixed: int = 0) -> dict[str, str | int]:
    return {"percent": percent, "fixed": fixed}


def _random(prefix: str = "") -> str:
    return f"{prefix}{secrets.token_hex(16)}"


def _stripe() -> dict[str, str]:
    return {"secret_key": _random("sk_test_"), "webhook_secret": _random("whsec_")}


def _paypal() -> dict[str, str]:
    return {
        "client_id": _random("A"),
        "client_secret": _random("E"),
        "webhook_id": secrets.token_hex(8).upper() + "W",
        "brand_name": "Soirée Platform",
    }


def _paystack() -> dict[str, str]:
    return {"secret_key": _random("sk_test_")}


def _cinetpay() -> dict[str, str]:
    return {
        "api_key": _random(),
        "site_id": str(100_000 + secrets.randbelow(900_000)),
        "secret_key": _random(),
        "api_password": _random(),
        "transfer_currency": "XOF",
        "contact_email": "payouts@soiree.example",
    }


def _mtn_momo() -> dict[str, str]:
    made = {"platform": "sandbox", "target_environment": "sandbox", "refund_supported": "yes"}
    made["callback_host"] = urlsplit(settings.PUBLIC_URL).hostname or ""
    for product in ("collection", "disbursement"):
        made |= {f"{product}_{part}": _random() for part in ("subscription_key", "user", "secret")}
    return made


def _orange_money() -> dict[str, str]:
    return {
        "flavour": "webpay",
        "client_id": _random(),
        "client_secret": _random(),
        "merchant_key": secrets.token_hex(8),
        "merchant_name": "Soiree Platform",
    }


def _pagadito() -> dict[str, str]:
    return {"uid": _random(), "wsk": _random()}


def _bank_transfer() -> dict[str, str]:
    """A well-formed German IBAN of a bank that does not exist."""
    basic = f"{_BANK_CODE}{secrets.randbelow(10**10):010d}"
    iban = f"DE{98 - int(basic + '131400') % 97:02d}{basic}"
    return {"iban": iban, "bic": _TEST_BIC, "holder": "Soiree Platform SARL", "bank_name": "Simulated bank"}


PLANNED = (
    Planned(
        "stripe", "Stripe sandbox", ("EUR", "USD", "XOF", "XAF", "GBP", "TND"), 10,
        {
            "EUR": _fee("1.5", 25), "GBP": _fee("1.5", 20), "USD": _fee("2.9", 30),
            "XOF": _fee("3.25", 165), "XAF": _fee("3.25", 165), "TND": _fee("3.25", 800),
        },
        _stripe,
    ),
    Planned(
        "paypal", "PayPal sandbox", ("EUR", "USD"), 30, {"EUR": _fee("2.99", 39), "USD": _fee("3.49", 49)}, _paypal,
    ),
    Planned(
        "paystack", "Paystack test", ("NGN", "GHS"), 20, {"NGN": _fee("1.5", 10_000), "GHS": _fee("1.95")}, _paystack,
        countries=("NG", "GH"),
    ),
    # Mobile money only: it offers cards to accounts with an address for them.
    Planned(
        "cinetpay", "CinetPay site", ("XOF", "XAF"), 40, {"XOF": _fee("3.5"), "XAF": _fee("3.5")}, _cinetpay,
        methods=("mobile_money", "wallet"),
    ),
    # MTN's sandbox knows no other currency, in whatever country the payer is.
    Planned("mtn_momo", "MTN MoMo sandbox", ("EUR",), 20, {"EUR": _fee("1.5")}, _mtn_momo),
    Planned(
        "orange_money", "Orange Money dev", ("XOF", "XAF"), 30, {"XOF": _fee("2"), "XAF": _fee("2")}, _orange_money,
    ),
    Planned("pagadito", "Pagadito sandbox", ("USD",), 50, {"USD": _fee("5", 25)}, _pagadito),
    Planned("bank_transfer", "Main bank account", ("EUR",), 60, {"EUR": _fee("0", 20)}, _bank_transfer),
)  # fmt: skip
