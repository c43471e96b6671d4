"""Which gateway account takes a payment, and why. What was weighed is kept with the attempt and can be asked dry.

An account must first be able to take it. Those that can are ranked: circuit closed before open, then the caller's
preference, the tenant's rule, how often charges succeeded lately, the estimated cost, and the account's priority.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from common import ids
from common.errors import Refused
from common.money import Money
from common.remembered import Remembered
from gateways import breaker
from gateways.models import GatewayAccount, RoutingRule
from gateways.registry import PROFILES, active_accounts, capabilities_of

# Fewer charges than these say nothing about a gateway.
RATED_FROM = 20
_NEEDS = {
    "payer_phone": "customerPhone",
    "payer_email": "customerEmail",
    "payer_name": "customerName",
    "country": "country",
    "return_url": "returnUrl",
}


class NoGatewayAvailable(Refused):
    code = "NO_GATEWAY_AVAILABLE"


class GatewaysDown(Refused):
    """Whoever could take it is down, and it is not yet time to try again."""

    code = "GATEWAY_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Rate:
    """How the last charges of an account ended."""

    succeeded: int
    ended: int

    @property
    def tenths(self) -> int:
        """In steps of ten per cent; an account that has done little yet is given the benefit of the doubt."""
        return round(10 * self.succeeded / self.ended) if self.ended >= RATED_FROM else 10

    @property
    def text(self) -> str:
        return f"{self.succeeded} of {self.ended}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a payment asks of a gateway. `given` names the fields of the charge that the caller filled."""

    tenant_id: int
    livemode: bool
    amount: Money
    method: str
    country: str
    preferred: tuple[str, ...]
    given: frozenset[str] = frozenset()
    capability: str = "charge"
    only: str = ""
    excluded: frozenset[int] = frozenset()
    rates: Mapping[int, Rate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One account with all that was weighed. `refusal` is empty where it can take the payment."""

    account: GatewayAccount
    refusal: str
    is_down: bool = False
    down_until: datetime | None = None
    preference: int = 0
    rule_place: int = 0
    rate: Rate = Rate(0, 0)
    cost: Money | None = None

    @property
    def rank(self) -> tuple[int, ...]:
        cost = self.cost.minor if self.cost is not None else 0
        return (
            int(self.is_down),
            self.preference,
            self.rule_place,
            -self.rate.tenths,
            cost,
            self.account.priority,
            self.account.pk,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The account chosen, in words why, and every candidate, best first."""

    account: GatewayAccount
    because: str
    candidates: Sequence[Candidate]
    rule: str = ""

    def require_up(self, now: datetime) -> None:
        """Raises GatewaysDown, so that nothing is written for a call that would not be made."""
        best = self.candidates[0]
        if best.is_down and best.down_until is not None and best.down_until > now:
            raise GatewaysDown(
                f"{best.account.name} does not answer at present, and nobody else can take it. Try again later."
            )

    def as_data(self) -> dict[str, Any]:
        """As it is stored with the attempt and shown."""
        return explained(self.candidates, chosen=self.account, because=self.because, rule=self.rule)


def choose(wanted: Wanted) -> Choice:
    """Raises NoGatewayAvailable with the reason of every account."""
    found = candidates(wanted)
    fitting = [candidate for candidate in found if not candidate.refusal]
    rule = rule_of(wanted)
    if not fitting:
        raise NoGatewayAvailable(
            f"No gateway account takes {wanted.amount} by {wanted.method}.",
            details=[{"gateway": each.account.name, "message": each.refusal} for each in found],
        )
    because = _because(fitting, rule=rule)
    return Choice(account=fitting[0].account, because=because, candidates=found, rule=rule.name if rule else "")


def candidates(wanted: Wanted) -> list[Candidate]:
    """Every account of the tenant: those that can take it, best first, then the others."""
    rule = rule_of(wanted)
    found = [_candidate(account, wanted, rule=rule) for account in active_accounts(wanted.tenant_id)]
    return sorted(found, key=lambda candidate: (bool(candidate.refusal), candidate.rank))


def explained(
    found: Sequence[Candidate], *, chosen: GatewayAccount | None, because: str, rule: str = ""
) -> dict[str, Any]:
    return {
        "chosen": chosen.name if chosen else "",
        "because": because,
        "rule": rule,
        "candidates": [_explained(candidate) for candidate in found],
    }


def _explained(candidate: Candidate) -> dict[str, Any]:
    account = candidate.account
    facts: dict[str, Any] = {
        "account": ids.show(ids.GATEWAY_ACCOUNT, account.public_id),
        "name": account.name,
        "gateway": account.gateway,
    }
    if candidate.refusal:
        return facts | {"refusal": candidate.refusal}
    cost = candidate.cost
    return facts | {
        "circuit": "open" if candidate.is_down else "closed",
        "succeeded": candidate.rate.succeeded,
        "ended": candidate.rate.ended,
        "cost": cost.minor if cost is not None else None,
        "priority": account.priority,
    }


def _candidate(account: GatewayAccount, wanted: Wanted, *, rule: RoutingRule | None) -> Candidate:
    refusal = _why_not(account, wanted, rule=rule)
    if refusal:
        return Candidate(account, refusal)
    circuit = breaker.circuit(breaker.circuit_name(account.gateway, livemode=account.livemode))
    return Candidate(
        account,
        "",
        is_down=circuit.is_open,
        down_until=circuit.retry_at,
        preference=_place(account.gateway, wanted.preferred),
        rule_place=_place(account.gateway, tuple(rule.gateways)) if rule else 0,
        rate=wanted.rates.get(account.pk, Rate(0, 0)),
        cost=estimated_cost(account, wanted.amount),
    )


def _place(gateway: str, order: Sequence[str]) -> int:
    return order.index(gateway) if gateway in order else len(order)


def estimated_cost(account: GatewayAccount, amount: Money) -> Money | None:
    """What the gateway will take, by the account's fees; None where nobody has written them down."""
    fees = account.fees.get(amount.currency)
    if fees is None:
        return None
    share = (Decimal(amount.minor) * Decimal(fees.get("percent", "0")) / 100).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(int(share) + int(fees.get("fixed", 0)), amount.currency)


def _why_not(account: GatewayAccount, wanted: Wanted, *, rule: RoutingRule | None) -> str:
    """In words why this account cannot take it; empty when it can."""
    profile = PROFILES[account.gateway]
    currency, minor = wanted.amount.currency, wanted.amount.minor
    countries = account.countries or profile.countries
    least, most = profile.limits.get(currency, (1, minor))
    if account.pk in wanted.excluded:
        return "was tried already"
    if wanted.only not in ("", account.gateway):
        return f"only {wanted.only} was asked for"
    if account.livemode != wanted.livemode:
        return "of the other mode"
    if currency not in account.currencies:
        return f"does not take {currency}"
    if wanted.method not in account.methods:
        return f"does not take {wanted.method}"
    if countries and wanted.country and wanted.country not in countries:
        return f"does not serve {wanted.country}"
    if not max(account.minimum_minor, least) <= minor <= min(account.maximum_minor, most):
        return "the amount is outside its limits"
    if wanted.capability not in capabilities_of(account.gateway):
        return f"cannot {wanted.capability}"
    if missing := sorted(_NEEDS.get(name, name) for name in profile.needs - wanted.given):
        return f"needs {', '.join(missing)}"
    if rule is not None and rule.is_exclusive and account.gateway not in rule.gateways:
        return f"the rule “{rule.name}” leaves it out"
    return ""


# What decides between two, in the order of `Candidate.rank`.
_STAGES = (
    "the circuit of the next one is open",
    "preferred by the caller",
    "the rule “{rule}” puts it first",
    "succeeds more often lately: {mine} against {theirs}",
    "costs less: {cost} against {their_cost}",
    "lowest priority number",
    "the older account",
)


def _because(fitting: Sequence[Candidate], *, rule: RoutingRule | None) -> str:
    if len(fitting) == 1:
        return "the only one that can take it"
    first, second = fitting[0], fitting[1]
    stage = next(index for index, (a, b) in enumerate(zip(first.rank, second.rank, strict=True)) if a != b)
    return _STAGES[stage].format(
        rule=rule.name if rule else "",
        mine=first.rate.text,
        theirs=second.rate.text,
        cost=first.cost,
        their_cost=second.cost,
    )


_rules: Remembered[int, list[RoutingRule]] = Remembered(seconds=5)


def rule_of(wanted: Wanted) -> RoutingRule | None:
    """The first active rule of the tenant that matches."""
    rules = _rules.get_or_load(
        wanted.tenant_id,
        lambda: list(RoutingRule.objects.filter(tenant_id=wanted.tenant_id, is_active=True).order_by("position")),
    )
    return next((rule for rule in rules if _matches(rule, wanted)), None)


def _matches(rule: RoutingRule, wanted: Wanted) -> bool:
    return (
        rule.currency in ("", wanted.amount.currency)
        and rule.country in ("", wanted.country)
        and rule.method in ("", wanted.method)
        and (rule.minimum_minor is None or wanted.amount.minor >= rule.minimum_minor)
        and (rule.maximum_minor is None or wanted.amount.minor <= rule.maximum_minor)
    )
