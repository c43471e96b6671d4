"""Which commission terms hold for a sale: the narrowest plan that has a version valid at that moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from commissions.models import CommissionVersion
from commissions.pricing import Rate
from common.errors import Refused
from common.remembered import Remembered


class NoCommissionPlan(Refused):
    code = "NO_COMMISSION_PLAN"


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of one plan, as a sale needs it."""

    version_id: int
    rate: Rate
    valid_from: datetime


_PlanKey = tuple[str, str, str, str]
_plans: Remembered[int, dict[_PlanKey, list[Terms]]] = Remembered(seconds=5)


def terms_for(
    *, tenant_id: int, commission_type: str, currency: str, owner_type: str, owner_id: str, at: datetime
) -> Terms:
    """The terms valid at `at`, newest first: owner, then owner type, then everybody. Raises NoCommissionPlan."""
    plans = _plans.get_or_load(tenant_id, lambda: _load(tenant_id))
    for key in (
        (commission_type, currency, owner_type, owner_id),
        (commission_type, currency, owner_type, ""),
        (commission_type, currency, "", ""),
    ):
        for terms in plans.get(key, []):
            if terms.valid_from <= at:
                return terms
    raise NoCommissionPlan(f"No commission plan covers {commission_type} in {currency}: ask finance to set one.")


def _load(tenant_id: int) -> dict[_PlanKey, list[Terms]]:
    versions = CommissionVersion.objects.filter(plan__tenant_id=tenant_id).select_related("plan")
    return _by_plan(versions.order_by("-valid_from", "-id"))


def _by_plan(versions: Iterable[CommissionVersion]) -> dict[_PlanKey, list[Terms]]:
    plans: dict[_PlanKey, list[Terms]] = {}
    for version in versions:
        plan = version.plan
        key = (plan.commission_type, plan.currency, plan.owner_type, plan.owner_id)
        plans.setdefault(key, []).append(Terms(version.pk, _rate(version), version.valid_from))
    return plans


def _rate(version: CommissionVersion) -> Rate:
    return Rate(
        # As it is written by people: 4 and not 4.0000.
        percent=Decimal(f"{version.percent.normalize():f}"),
        fixed_minor=version.fixed_minor,
        minimum_minor=version.minimum_minor,
        maximum_minor=version.maximum_minor,
    )
