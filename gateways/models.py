"""The accounts we hold at gateways, and every webhook that came in, as it came in."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import ids
from common.models import MinorUnitsField, one_of
from tenants.models import Tenant


class GatewayAccount(models.Model):
    """One account at one gateway: what it can take and the sealed credentials it signs in with."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="gateway_accounts")
    gateway = models.CharField(max_length=20, help_text=_("Code of the adapter, such as stripe."))
    name = models.CharField(max_length=100)
    livemode = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True, help_text=_("An inactive account takes no new payments."))
    priority = models.PositiveSmallIntegerField(default=100, help_text=_("Lower is tried first."))
    currencies = ArrayField(models.CharField(max_length=3), default=list)
    countries = ArrayField(models.CharField(max_length=2), default=list, blank=True, help_text=_("Empty: any."))
    methods = ArrayField(models.CharField(max_length=20), default=list)
    minimum_minor = MinorUnitsField(default=1)
    maximum_minor = MinorUnitsField(default=99_999_999)
    fees = models.JSONField(
        default=dict,
        blank=True,
        help_text=_('What the gateway takes, estimated, per currency: {"EUR": {"percent": "1.5", "fixed": 25}}.'),
    )
    credentials = models.BinaryField(help_text=_("Sealed with AES-256-GCM; never shown."))
    credentials_key_id = models.CharField(max_length=40)
    checked_at = models.DateTimeField(null=True, blank=True, help_text=_("When the credentials were last tried."))
    check_text = models.CharField(max_length=300, blank=True, default="", help_text=_("What the gateway said then."))
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("gateway account")
        verbose_name_plural = _("gateway accounts")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "gateway", "name"], name="gateway_account_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class RoutingRule(models.Model):
    """A tenant's wish: which gateways go first, or alone, for payments like these. Empty conditions match all."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="routing_rules")
    position = models.PositiveSmallIntegerField(help_text=_("The first rule that matches decides."))
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(default=True)
    currency = models.CharField(max_length=3, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    method = models.CharField(max_length=20, blank=True, default="")
    minimum_minor = MinorUnitsField(null=True, blank=True)
    maximum_minor = MinorUnitsField(null=True, blank=True)
    gateways = ArrayField(models.CharField(max_length=20), help_text=_("Codes, first choice first."))
    is_exclusive = models.BooleanField(default=False, help_text=_("Only these gateways, no other."))

    class Meta:
        verbose_name = _("routing rule")
        verbose_name_plural = _("routing rules")
        ordering = ("tenant", "position")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "position"], name="routing_rule_position_once"),
            models.CheckConstraint(name="routing_rule_names_gateways", condition=models.Q(gateways__len__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name


class BreakerState(models.TextChoices):
    CLOSED = "closed", _("Closed")
    OPEN = "open", _("Open")
    HALF_OPEN = "half_open", _("Half open")


class Breaker(models.Model):
    """The circuit of one gateway in one mode, shared by every process."""

    circuit = models.CharField(max_length=40, primary_key=True)
    state = models.CharField(max_length=10, choices=BreakerState.choices)
    failures = models.PositiveIntegerField(help_text=_("In a row."))
    times_opened = models.PositiveIntegerField(help_text=_("Since it last worked."))
    reason = models.CharField(max_length=60, blank=True)
    changed_at = models.DateTimeField()
    retry_at = models.DateTimeField(null=True, blank=True, help_text=_("When one call may try again."))

    class Meta:
        verbose_name = _("circuit")
        verbose_name_plural = _("circuits")

    def __str__(self) -> str:
        return self.circuit


class InboundState(models.TextChoices):
    RECEIVED = "received", _("Received")
    APPLIED = "applied", _("Applied")
    IGNORED = "ignored", _("Ignored")
    PARKED = "parked", _("Parked")
    DEAD = "dead", _("Dead")


class InboundEvent(models.Model):
    """One verified webhook. Stored before it is answered, applied once, kept as evidence."""

    id = models.BigAutoField(primary_key=True)
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    dedupe_key = models.CharField(max_length=128, help_text=_("The gateway's event id, or the hash of the bytes."))
    event_type = models.CharField(max_length=100)
    body = models.BinaryField(help_text=_("The bytes that were signed."))
    query = models.CharField(max_length=500, blank=True, default="", db_default="", help_text=_("Of the address."))
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=InboundState.choices, default=InboundState.RECEIVED)
    reason = models.CharField(max_length=200, blank=True, help_text=_("Why it was ignored, parked or given up."))
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    replayed_at = models.DateTimeField(null=True, blank=True, help_text=_("When somebody last had it applied again."))
    payment_id = models.BigIntegerField(null=True, blank=True, help_text=_("The payment it was about."))

    class Meta:
        verbose_name = _("webhook received")
        verbose_name_plural = _("webhooks received")
        permissions = [("replay_inboundevent", "Can have webhooks applied again")]
        constraints = [
            models.UniqueConstraint(fields=["gateway_account", "dedupe_key"], name="inbound_event_once"),
            models.CheckConstraint(name="inbound_state_known", condition=one_of("state", InboundState)),
        ]
        indexes = [
            models.Index(fields=["id"], name="inbound_received", condition=models.Q(state="received")),
            models.Index(fields=["next_try_at", "id"], name="inbound_parked", condition=models.Q(state="parked")),
            models.Index(fields=["id"], name="inbound_dead", condition=models.Q(state="dead")),
            models.Index(fields=["payment_id", "id"], name="inbound_payment"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.dedupe_key}"


class UnusedEventType(models.Model):
    """A type of webhook that told us nothing about money of ours: a new one shows that a gateway has changed."""

    gateway = models.CharField(max_length=20)
    event_type = models.CharField(max_length=100)
    count = models.BigIntegerField(help_text=_("How many came."))
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("unused webhook type")
        verbose_name_plural = _("unused webhook types")
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_type"], name="unused_event_type_once"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_type}"
