"""What we tell the outside: one row per change, written in the transaction of the change, and who is told of it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import ids
from tenants.models import Tenant


class OutboxEvent(models.Model):
    """One change of a payment, a wallet or an endpoint. Never carries personal data."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=ids.uuid7, editable=False)
    # A copy of the subject's, whose own is checked.
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    type = models.CharField(max_length=60, help_text=_("Such as payment.completed; see events/catalog.py."))
    subject_type = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    subject_version = models.IntegerField(help_text=_("The version of the object this event tells of."))
    payload = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    dispatched_at = models.DateTimeField(null=True, blank=True, help_text=_("When its deliveries were made."))
    sequence = models.BigIntegerField(
        null=True,
        blank=True,
        help_text=_("Given when it is dispatched, so that what is read in this order never gets an earlier neighbour."),
    )

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="outbox_public_id"),
            # Writing an event costs nothing here: the index takes it when it is dispatched.
            models.UniqueConstraint(
                fields=["tenant", "sequence"], name="outbox_sequence", condition=models.Q(sequence__isnull=False)
            ),
            models.CheckConstraint(
                name="outbox_dispatched_has_sequence",
                condition=models.Q(dispatched_at=None, sequence=None)
                | models.Q(dispatched_at__isnull=False, sequence__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="outbox_undispatched", condition=models.Q(dispatched_at=None)),
            models.Index(fields=["subject_type", "subject_id", "id"], name="outbox_subject"),
            BrinIndex(fields=["recorded_at"], name="outbox_recorded", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    DISABLED = "disabled", _("Disabled")


class PauseReason(models.TextChoices):
    FAILING = "failing", _("Failed for too long")
    GONE = "gone", _("It answered 410 Gone")
    ASKED = "asked", _("Asked for")


class WebhookEndpoint(models.Model):
    """Where a tenant wants to be told of events. Paused: deliveries wait. Disabled: none are made."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True, default="")
    types = ArrayField(
        models.CharField(max_length=60),
        default=list,
        blank=True,
        help_text=_("payment.completed or payment.*; empty: all."),
    )
    secrets = models.BinaryField(help_text=_("What deliveries are signed with, sealed with AES-256-GCM; never shown."))
    secrets_key_id = models.CharField(max_length=40)
    previous_until = models.DateTimeField(
        null=True, blank=True, help_text=_("Until then deliveries are signed with the secret before as well.")
    )
    state = models.CharField(max_length=10, choices=EndpointState.choices, default=EndpointState.ACTIVE)
    paused_reason = models.CharField(max_length=10, choices=PauseReason.choices, blank=True, default="")
    paused_at = models.DateTimeField(null=True, blank=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True, help_text=_("The first failure since it last worked."))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        permissions = [("operate_webhookendpoint", "Can pause and resume endpoints and have deliveries sent again")]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "url"],
                name="endpoint_url_once",
                condition=~models.Q(state=EndpointState.DISABLED),
            ),
            models.CheckConstraint(
                name="endpoint_pause_has_reason",
                condition=models.Q(state=EndpointState.ACTIVE, paused_reason="", paused_at=None)
                | (
                    ~models.Q(state=EndpointState.ACTIVE)
                    & ~models.Q(paused_reason="")
                    & models.Q(paused_at__isnull=False)
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")


class Delivery(models.Model):
    """That one endpoint is to hear of one event. Who claims it raises the fence; a lost claim is due again."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    event = models.ForeignKey(OutboxEvent, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("Of the schedule; a replay starts again."))
    next_try_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    last_result = models.CharField(max_length=30, blank=True, default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True, help_text=_("When it was delivered or given up."))

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once"),
            models.CheckConstraint(
                name="delivery_waits_or_has_ended",
                condition=models.Q(state=DeliveryState.WAITING, next_try_at__isnull=False, ended_at=None)
                | (
                    ~models.Q(state=DeliveryState.WAITING)
                    & models.Q(next_try_at=None, claimed_until=None, ended_at__isnull=False)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["endpoint", "next_try_at", "id"],
                name="delivery_due",
                condition=models.Q(state=DeliveryState.WAITING),
            ),
            models.Index(fields=["endpoint"], name="delivery_claimed", condition=models.Q(claimed_until__isnull=False)),
            models.Index(fields=["endpoint", "id"], name="delivery_of_endpoint"),
            models.Index(fields=["id"], name="delivery_failed", condition=models.Q(state=DeliveryState.FAILED)),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.endpoint_id}"


class DeliveryTry(models.Model):
    """One request to an endpoint and how it ended. `number` is the fence of its claim."""

    id = models.BigAutoField(primary_key=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="history", db_index=False)
    number = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    latency_ms = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("Empty where no answer came."))
    result = models.CharField(max_length=30)
    answer = models.CharField(max_length=1_100, blank=True, default="", help_text=_("Its first kilobyte, redacted."))

    class Meta:
        verbose_name = _("delivery try")
        verbose_name_plural = _("delivery tries")
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="delivery_try_once")]

    def __str__(self) -> str:
        return f"{self.number}: {self.result}"


class StreamEntry(models.Model):
    """An event that is still to be published to the stream of EVENTS_STREAM_URL; gone once the broker has it."""

    event = models.OneToOneField(OutboxEvent, on_delete=models.PROTECT, primary_key=True, related_name="+")
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("stream entry")
        verbose_name_plural = _("stream entries")

    def __str__(self) -> str:
        return str(self.pk)
