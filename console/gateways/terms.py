"""What an account takes in each currency: between which amounts, and for which estimated fee."""

from dataclasses import dataclass

from common import currencies
from common.money import MAX_MINOR, Money
from gateways.models import GatewayAccount
from gateways.registry import PROFILES


@dataclass(frozen=True, slots=True)
class Limit:
    """The narrower of the account's own limit and its gateway's; `largest` is None where neither says one."""

    smallest: Money
    largest: Money | None


@dataclass(frozen=True, slots=True)
class Fee:
    currency: str
    percent: str
    fixed: Money


def limits_of(account: GatewayAccount) -> list[Limit]:
    """In minor units of each currency: the account's same numbers mean other amounts in each."""
    declared = PROFILES[account.gateway].limits if account.gateway in PROFILES else {}
    found = []
    for currency in account.currencies:
        least, most = declared.get(currency, (1, MAX_MINOR))
        smallest, largest = max(account.minimum_minor, least), min(account.maximum_minor, most)
        found.append(Limit(Money(smallest, currency), Money(largest, currency) if largest < MAX_MINOR else None))
    return found


def fees_of(account: GatewayAccount) -> list[Fee]:
    """As they are written down, in the order of the currencies."""
    return [
        Fee(currency, str(part.get("percent", "0")), Money(int(part.get("fixed", 0)), currency))
        for currency, part in sorted(account.fees.items())
        if currencies.is_known(currency)
    ]
