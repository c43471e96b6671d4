"""Who may act: tenants, their API keys, and what was answered to which idempotency key."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common import ids


class Tenant(models.Model):
    """One customer of this service. Everything it owns carries its id, and sandbox never mixes with live."""

    public_id = models.UUIDField(default=ids.uuid7, unique=True, editable=False)
    slug = models.SlugField(unique=True, help_text=_("Short name used in tokens and log lines."))
    name = models.CharField(max_length=200)
    livemode = models.BooleanField(default=False, help_text=_("Live moves real money; sandbox never does."))
    timezone = models.CharField(
        max_length=50, default="UTC", help_text=_("Zone of its business day, for closes and reports.")
    )
    clock_offset_seconds = models.IntegerField(
        default=0, help_text=_("How far a sandbox tenant's clock was moved; always 0 in live mode.")
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("tenant")
        verbose_name_plural = _("tenants")
        constraints = [
            models.CheckConstraint(
                name="tenant_live_clock_is_real",
                condition=models.Q(livemode=False) | models.Q(clock_offset_seconds=0),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key of a tenant's system. Only a keyed hash is stored; the key itself is shown once."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100, help_text=_("Who uses it and for what."))
    prefix = models.CharField(max_length=16, unique=True, help_text=_("The part that may be shown and searched."))
    digest = models.BinaryField(max_length=32, help_text=_("HMAC-SHA256 of the whole key."))
    scopes = models.JSONField(default=list, help_text=_("What it may do, such as payments:write."))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"


class IdempotencyRecord(models.Model):
    """What one idempotency key stands for: the fingerprint of its request, the resource it made, the answer given.

    Inserted in the same statement as the resource. `status` 0 means that the first request has not answered yet.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    principal = models.CharField(max_length=120)
    route = models.CharField(max_length=80)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    resource_id = models.BigIntegerField(help_text=_("The row it made, in the table that the route names."))
    locked_until = models.DateTimeField(help_text=_("Until then the first request is taken to be running."))
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("idempotency record")
        verbose_name_plural = _("idempotency records")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "principal", "route", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["created_at", "id"], name="idempotency_age")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
