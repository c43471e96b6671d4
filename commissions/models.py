"""What we charge: a plan for whom and for what, and its versions, each valid from its date and never edited."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.models import CurrencyField, MinorUnitsField
from tenants.models import Tenant


class CommissionPlan(models.Model):
    """For whom a rate holds. The narrowest plan wins: owner before owner type before the tenant's default."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    commission_type = models.CharField(max_length=30, help_text=_("Purpose of the payment, such as ticket_sale."))
    currency = CurrencyField(help_text=_("The currency of its fixed, minimum and maximum amounts."))
    owner_type = models.CharField(max_length=20, blank=True, help_text=_("Empty: every owner type."))
    owner_id = models.CharField(max_length=100, blank=True, help_text=_("Empty: every owner of the type."))
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("commission plan")
        verbose_name_plural = _("commission plans")
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "commission_type", "currency", "owner_type", "owner_id"], name="commission_plan_once"
            ),
            models.CheckConstraint(
                name="commission_plan_owner_has_type", condition=models.Q(owner_id="") | ~models.Q(owner_type="")
            ),
        ]

    def __str__(self) -> str:
        whom = self.owner_id or self.owner_type or "*"
        return f"{self.commission_type} {self.currency} {whom}"


class CommissionVersion(models.Model):
    """The terms of a plan from `valid_from` on, until the next version. Payments keep the id of the one they used."""

    plan = models.ForeignKey(CommissionPlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    percent = models.DecimalField(max_digits=7, decimal_places=4)
    fixed_minor = MinorUnitsField(default=0)
    minimum_minor = MinorUnitsField(null=True, blank=True)
    maximum_minor = MinorUnitsField(null=True, blank=True)
    valid_from = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("commission version")
        verbose_name_plural = _("commission versions")
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="commission_version_number_once"),
            models.UniqueConstraint(fields=["plan", "valid_from"], name="commission_version_start_once"),
            models.CheckConstraint(
                name="commission_percent_in_range", condition=models.Q(percent__gte=0) & models.Q(percent__lte=100)
            ),
            models.CheckConstraint(name="commission_fixed_not_negative", condition=models.Q(fixed_minor__gte=0)),
            models.CheckConstraint(
                name="commission_minimum_not_above_maximum",
                condition=models.Q(minimum_minor=None)
                | models.Q(maximum_minor=None)
                | models.Q(minimum_minor__lte=models.F("maximum_minor")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"
