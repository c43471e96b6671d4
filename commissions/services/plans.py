"""Setting terms: a plan is made once, its terms change only by a new version from a date on."""

from datetime import datetime

from django.db import transaction

from commissions.models import CommissionPlan, CommissionVersion
from commissions.pricing import Rate


def set_terms(
    *,
    tenant_id: int,
    commission_type: str,
    currency: str,
    rate: Rate,
    valid_from: datetime,
    created_at: datetime,
    owner_type: str = "",
    owner_id: str = "",
) -> CommissionVersion:
    """Add a version to the plan of this type, currency and owner; the plan is made when it is the first."""
    with transaction.atomic(durable=True):
        plan, _ = CommissionPlan.objects.get_or_create(
            tenant_id=tenant_id,
            commission_type=commission_type,
            currency=currency,
            owner_type=owner_type,
            owner_id=owner_id,
            defaults={"created_at": created_at},
        )
        CommissionPlan.objects.select_for_update().get(pk=plan.pk)
        return CommissionVersion.objects.create(
            plan=plan,
            number=plan.versions.count() + 1,
            percent=rate.percent,
            fixed_minor=rate.fixed_minor,
            minimum_minor=rate.minimum_minor,
            maximum_minor=rate.maximum_minor,
            valid_from=valid_from,
            created_at=created_at,
        )
