"""Where MTN MoMo lives and which countries it serves: known hosts only, so that no setting can send a key elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SANDBOX = "sandbox"

# A transaction is known only to the platform that took it, and so is a pair of user and secret.
HOSTS: Mapping[str, str] = MappingProxyType(
    {
        SANDBOX: "https://sandbox.momodeveloper.mtn.com",
        "legacy": "https://proxy.momoapi.mtn.com",
        "new": "https://momoapi.momo.africa",
    }
)


@dataclass(frozen=True, slots=True)
class Environment:
    """One target environment. `lengths` are those of a national number without the 0 that is dialled before it.

    `has_trunk_zero` tells such a 0 from one that belongs to the number, as in Côte d'Ivoire, Benin and Congo.
    """

    name: str
    country: str
    calling_code: str
    lengths: tuple[int, ...]
    currencies: tuple[str, ...]
    has_trunk_zero: bool = True


_ALL = (
    # The sandbox takes numbers of any country: its test numbers are Swedish.
    Environment("sandbox", "", "", (), ("EUR",), has_trunk_zero=False),
    Environment("mtnuganda", "UG", "256", (9,), ("UGX",)),
    Environment("mtnghana", "GH", "233", (9,), ("GHS",)),
    Environment("mtnivorycoast", "CI", "225", (10,), ("XOF",), has_trunk_zero=False),
    Environment("mtnzambia", "ZM", "260", (9,), ("ZMW",)),
    Environment("mtncameroon", "CM", "237", (9,), ("XAF",), has_trunk_zero=False),
    Environment("mtnbenin", "BJ", "229", (10,), ("XOF",), has_trunk_zero=False),
    Environment("mtncongo", "CG", "242", (9,), ("XAF",), has_trunk_zero=False),
    Environment("mtnswaziland", "SZ", "268", (8,), ("SZL",), has_trunk_zero=False),
    Environment("mtnguineaconakry", "GN", "224", (9,), ("GNF",), has_trunk_zero=False),
    Environment("mtnsouthafrica", "ZA", "27", (9,), ("ZAR",)),
    Environment("mtnliberia", "LR", "231", (7, 9), ("LRD", "USD")),
    Environment("mtnsouthsudan", "SS", "211", (9,), ("SSP",)),
    Environment("mtnnigeria", "NG", "234", (10,), ("NGN",)),
    Environment("mtnrwanda", "RW", "250", (9,), ("RWF",)),
)
ENVIRONMENTS: Mapping[str, Environment] = MappingProxyType({each.name: each for each in _ALL})
COUNTRIES = frozenset(each.country for each in _ALL if each.country)
CURRENCIES = frozenset(currency for each in _ALL for currency in each.currencies)
