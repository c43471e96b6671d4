"""The history of a payment: one row per change of status, and one per piece of news that changed nothing."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from payments.models.payment import Payment


class Source(models.TextChoices):
    """By which way the news came."""

    API = "api", _("API call")
    ANSWER = "answer", _("Gateway answer")
    WEBHOOK = "webhook", _("Webhook")
    POLL = "poll", _("Asked the gateway")
    STAFF = "staff", _("Finance staff")


class PaymentHistory(models.Model):
    """Never edited, never removed: the database refuses both. Rebuilds the status when read in order of version."""

    id = models.BigAutoField(primary_key=True)
    # A copy of the payment's, whose own is checked.
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="history", db_index=False)
    version = models.IntegerField(help_text=_("The payment's version after this row."))
    status_before = models.CharField(max_length=20, blank=True)
    status_after = models.CharField(max_length=20)
    changed = models.BooleanField(help_text=_("False: kept as evidence, nothing moved."))
    source = models.CharField(max_length=10, choices=Source.choices)
    outcome = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=120, blank=True, help_text=_("Who asked, for changes people or systems made."))
    attempt_id = models.BigIntegerField(null=True, blank=True)
    inbound_event_id = models.BigIntegerField(null=True, blank=True, help_text=_("The webhook that told it."))
    raw = models.JSONField(default=dict, help_text=_("The redacted report, where no webhook holds it."))
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("payment history")
        verbose_name_plural = _("payment history")
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "version"], name="history_version_once", condition=models.Q(changed=True)
            )
        ]
        indexes = [models.Index(fields=["payment", "id"], name="history_payment")]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.status_before} → {self.status_after}"
