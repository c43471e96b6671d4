"""Commission plans in the console: who is charged what, since when, and what a sale would cost. All of it is read.

The tree shows the narrowest rule last, as it wins: everybody, then an owner type, then one owner.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from commissions.models import CommissionPlan, CommissionVersion
from commissions.pricing import CommissionLine, LineKind, Priced, price
from commissions.selectors import NoCommissionPlan, terms_for
from common import clock
from common.admin import ReadOnlyAdmin
from common.admin_columns import Column
from common.formatting import parse_amount
from common.money import InvalidAmount, Money

# More plans than this are not drawn as one tree: the page asks for a narrower choice.
PLANS_SHOWN_MAX = 500
VERSIONS_SHOWN_MAX = 6


@dataclass(frozen=True, slots=True)
class Branch:
    """All plans for one type of sale in one currency, widest first."""

    commission_type: str
    currency: str
    leaves: list["Leaf"]


@dataclass(frozen=True, slots=True)
class Leaf:
    plan: CommissionPlan
    in_force: CommissionVersion | None
    next_one: CommissionVersion | None
    depth: int


@dataclass(frozen=True, slots=True)
class VersionColumn:
    version: CommissionVersion
    state: str
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a price. `exact` is what it was before rounding to whole minor units; None where it was whole."""

    line: CommissionLine
    exact: Decimal | None


@dataclass(frozen=True, slots=True)
class Calculation:
    """What a sale would cost, or why that cannot be said."""

    typed: str
    problem: object = ""
    priced: Priced | None = None
    steps: tuple[Step, ...] = ()
    version: CommissionVersion | None = None


@admin.register(CommissionPlan)
class CommissionPlanAdmin(ReadOnlyAdmin):
    change_list_template = "console/books/plans.html"
    record_template = "console/books/plan.html"
    lines = (
        Column(_("Type of sale"), lambda p: p.commission_type),
        Column(_("Currency"), lambda p: p.currency),
        Column(_("Owner type"), lambda p: p.owner_type or _("every type")),
        Column(_("Owner's id"), lambda p: p.owner_id or _("every owner")),
        Column(_("Tenant"), lambda p: p.tenant.name),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CommissionPlan]:
        return super().get_queryset(request).select_related("tenant")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The tree of one currency or of all; never in pages, because a rule is read beside the ones it wins over."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        currencies = list(CommissionPlan.objects.order_by("currency").values_list("currency", flat=True).distinct())
        asked = request.GET.get("currency", "")
        plans = list(
            _tree(self.get_queryset(request), currency=asked if asked in currencies else "")[: PLANS_SHOWN_MAX + 1]
        )
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": self.list_title(),
            "console_title": self.list_title(),
            "branches": branches(plans[:PLANS_SHOWN_MAX], at=clock.now()),
            "has_tenants": len({plan.tenant_id for plan in plans}) > 1,
            "has_more": len(plans) > PLANS_SHOWN_MAX,
            "shown_max": PLANS_SHOWN_MAX,
            "currencies": currencies,
            "currency": asked,
        }
        return TemplateResponse(request, self.change_list_template, context | (extra_context or {}))

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, object]:
        now = clock.now()
        versions = list(record.versions.order_by("-valid_from", "-id")[:VERSIONS_SHOWN_MAX])
        for version in versions:
            version.plan = record
        return {
            "columns": version_columns(versions, at=now),
            "has_older": len(versions) == VERSIONS_SHOWN_MAX,
            "calculation": calculate(record, typed=request.GET.get("amount", "").strip(), at=now),
        }


def branches(plans: list[CommissionPlan], *, at: datetime) -> list[Branch]:
    """Plans in the order of the tree, with their versions loaded newest first."""
    found: list[Branch] = []
    for plan in plans:
        is_new = not found or (found[-1].commission_type, found[-1].currency) != (plan.commission_type, plan.currency)
        if is_new:
            found.append(Branch(plan.commission_type, plan.currency, []))
        found[-1].leaves.append(_leaf(plan, at=at))
    return found


def version_columns(versions: list[CommissionVersion], *, at: datetime) -> list[VersionColumn]:
    """Newest first; exactly one is in force once the first has begun."""
    columns, valid_until, has_in_force = [], None, False
    for version in versions:
        state = "future" if version.valid_from > at else "past" if has_in_force else "in_force"
        has_in_force = has_in_force or state == "in_force"
        columns.append(VersionColumn(version, state, valid_until))
        valid_until = version.valid_from
    return columns


def calculate(plan: CommissionPlan, *, typed: str, at: datetime) -> Calculation | None:
    """Price a sale of an owner of this plan. The narrowest rule wins, which need not be this one."""
    if not typed:
        return None
    try:
        gross = parse_amount(typed, plan.currency)
        terms = terms_for(
            tenant_id=plan.tenant_id,
            commission_type=plan.commission_type,
            currency=plan.currency,
            owner_type=plan.owner_type,
            owner_id=plan.owner_id,
            at=at,
        )
    except InvalidAmount as error:
        return Calculation(typed, problem=str(error))
    except NoCommissionPlan:
        return Calculation(typed, problem=_("No version has begun yet: such a sale is refused."))
    priced = price(gross, rate=terms.rate)
    return Calculation(
        typed,
        priced=priced,
        steps=tuple(_step(line, gross=gross) for line in priced.lines),
        version=CommissionVersion.objects.select_related("plan").get(pk=terms.version_id),
    )


def _tree(plans: QuerySet[CommissionPlan], *, currency: str) -> QuerySet[CommissionPlan]:
    chosen = plans.filter(currency=currency) if currency else plans
    newest_first = CommissionVersion.objects.order_by("-valid_from", "-id")
    return chosen.prefetch_related(Prefetch("versions", newest_first)).order_by(
        "commission_type", "currency", "tenant", "owner_type", "owner_id", "id"
    )


def _leaf(plan: CommissionPlan, *, at: datetime) -> Leaf:
    versions = list(plan.versions.all())
    begun = [version for version in versions if version.valid_from <= at]
    coming = [version for version in versions if version.valid_from > at]
    return Leaf(
        plan=plan,
        in_force=begun[0] if begun else None,
        next_one=coming[-1] if coming else None,
        depth=bool(plan.owner_type) + bool(plan.owner_id),
    )


def _step(line: CommissionLine, *, gross: Money) -> Step:
    if line.kind is not LineKind.PERCENT:
        return Step(line, None)
    exact = gross.to_decimal() * Decimal(line.basis) / 100
    return Step(line, exact.normalize() if exact != line.amount.to_decimal() else None)
