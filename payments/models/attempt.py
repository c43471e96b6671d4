"""An attempt: one request to one gateway, known by our reference before the gateway hears of it."""

from django.db import models
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _

from common import ids
from common.models import one_of
from gateways.models import GatewayAccount
from payments.models.payment import Payment
from payments.states import OPEN_ATTEMPT_STATES, AttemptKind, AttemptState


class NextStep(models.TextChoices):
    """What the sweep does with an attempt when its time has come."""

    ASK = "ask", _("Ask the gateway")
    RESEND = "resend", _("Send again with the same reference")
    CANCEL = "cancel", _("Cancel at the gateway and read back")
    COLLECT = "collect", _("Collect what the payer approved")


class CloseReason(models.TextChoices):
    NONE = "", _("None")
    CANCELLED = "cancelled", _("Cancelled by the caller")
    EXPIRED = "expired", _("Not paid in time")
    DECLINED = "declined", _("Declined, door closed at the gateway")
    SUPERSEDED = "superseded", _("Paid by another attempt")


class PaymentAttempt(models.Model):
    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=ids.uuid7, editable=False, help_text=_("Our reference at the gateway."))
    # A copy of the payment's, whose own is checked.
    tenant = models.ForeignKey(
        "tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="attempts", db_index=False)
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.value) for kind in AttemptKind])
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in AttemptState])
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    gateway_payment_id = models.CharField(max_length=255, blank=True)
    gateway_status = models.CharField(max_length=60, blank=True, help_text=_("The gateway's own word, as last told."))
    request_id = models.CharField(max_length=100, blank=True, help_text=_("The gateway's id of its last answer."))
    next_action_kind = models.CharField(max_length=20, blank=True)
    next_action_value = models.CharField(max_length=1000, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    routing = models.JSONField(default=dict, help_text=_("Why this gateway: candidates and reasons."))

    kept = models.JSONField(
        default=dict, db_default={}, help_text=_("What the adapter wants back with every call; never shown.")
    )

    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True, help_text=_("When the gateway last told us something."))
    next_step = models.CharField(max_length=10, choices=NextStep.choices, default=NextStep.ASK)
    next_check_at = models.DateTimeField(null=True, blank=True, help_text=_("Empty: nothing more to ask."))
    not_found_since = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when the gateway says that it does not know it.")
    )
    checks = models.PositiveSmallIntegerField(default=0, help_text=_("How often the sweep asked."))
    close_reason = models.CharField(max_length=12, choices=CloseReason.choices, blank=True, default="")
    fence = models.PositiveIntegerField(
        default=1, help_text=_("Rises with each claim: a worker that slept through its lease may not conclude.")
    )

    class Meta:
        verbose_name = _("payment attempt")
        verbose_name_plural = _("payment attempts")
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="attempt_reference"),
            models.UniqueConstraint(fields=["payment", "number"], name="attempt_number_once"),
            models.UniqueConstraint(
                fields=["payment"],
                name="attempt_one_open",
                condition=models.Q(state__in=sorted(state.value for state in OPEN_ATTEMPT_STATES)),
            ),
            models.UniqueConstraint(
                fields=["gateway_account", "gateway_payment_id"],
                name="attempt_gateway_payment_once",
                condition=~models.Q(gateway_payment_id=""),
            ),
            models.CheckConstraint(name="attempt_state_known", condition=one_of("state", AttemptState)),
        ]
        indexes = [
            # Some gateways tell of what becomes of the money by the id of its capture, not of the payment.
            models.Index(
                KT("kept__capture_id"), name="attempt_capture", condition=models.Q(kept__has_key="capture_id")
            ),
            models.Index(
                fields=["next_check_at", "id"], name="attempt_due", condition=models.Q(next_check_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return ids.show(ids.ATTEMPT, self.public_id)
