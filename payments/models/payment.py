"""A payment: the agreement to collect one amount from one payer, and how far it has come."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from commissions.models import CommissionVersion
from common import ids
from common.models import CurrencyField, MinorUnitsField, one_of
from common.money import Money
from payments.states import Status
from tenants.models import Tenant
from wallets.models import Wallet


class Flag(models.TextChoices):
    """Why a person should look at a payment. Empty: nothing to see."""

    NONE = "", _("None")
    CONTRADICTION = "contradiction", _("Contradiction")
    MISMATCH = "mismatch", _("Amount or reference differs")
    LATE_SUCCESS = "late_success", _("Paid after it was given up")
    DUPLICATE_COLLECTION = "duplicate_collection", _("Collected twice")
    UNRESOLVED = "unresolved", _("Outcome unresolved")
    GOING_BACK = "going_back", _("Money is going back")


class Payment(models.Model):
    """Amounts, payee and terms are fixed at creation. Only `take` moves the status."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=ids.uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=20, choices=[(status.value, status.value) for status in Status])
    version = models.IntegerField(default=1, help_text=_("Counts the changes of its status."))
    flag = models.CharField(max_length=24, choices=Flag.choices, blank=True, default="")

    purpose = models.CharField(max_length=30, help_text=_("What was sold; also the commission type."))
    amount_minor = MinorUnitsField()
    currency = CurrencyField()
    commission_minor = MinorUnitsField(help_text=_("What we keep of the amount when it is paid."))
    commission_version = models.ForeignKey(
        CommissionVersion, on_delete=models.PROTECT, related_name="+", db_index=False, null=True
    )
    commission_lines = models.JSONField(default=list, help_text=_("How the commission was worked out."))
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)

    order_id = models.CharField(max_length=100, blank=True, help_text=_("The order's id at the core platform."))
    order_claim = models.CharField(
        max_length=140,
        null=True,
        help_text=_("Order and purpose while this payment stands for them; empty once it failed."),
    )
    event_id = models.CharField(max_length=100, blank=True, help_text=_("The event's id at the core platform."))
    external_reference = models.CharField(max_length=100, blank=True, help_text=_("Such as ERN-2026-0001."))
    user_id = models.CharField(max_length=100, blank=True, help_text=_("The payer's id at the core platform."))
    payer_email = models.CharField(max_length=254, blank=True)
    payer_phone = models.CharField(max_length=20, blank=True)
    payer_name = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=500, blank=True)
    line_items = models.JSONField(default=list)
    metadata = models.JSONField(default=dict)
    custom_params = models.JSONField(default=dict)
    allow_pending = models.BooleanField(default=True, help_text=_("The caller accepts an answer that comes later."))
    preferred_gateways = models.JSONField(default=list)
    only_gateway = models.CharField(
        max_length=20, blank=True, default="", db_default="", help_text=_("The caller wants this gateway and no other.")
    )
    payment_method = models.CharField(max_length=20, default="card")
    payment_token = models.CharField(max_length=100, blank=True, help_text=_("The gateway's token, never a card."))
    country = models.CharField(max_length=2, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    gateway = models.CharField(max_length=20, help_text=_("Of the newest attempt."))

    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(help_text=_("An unpaid payment is closed at the gateway after this."))
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="payment_public_id"),
            models.UniqueConstraint(fields=["tenant", "order_claim"], name="payment_order_once"),
            models.CheckConstraint(name="payment_amount_above_zero", condition=models.Q(amount_minor__gte=1)),
            models.CheckConstraint(
                name="payment_commission_within_amount",
                condition=models.Q(commission_minor__gte=0) & models.Q(commission_minor__lte=models.F("amount_minor")),
            ),
            models.CheckConstraint(name="payment_status_known", condition=one_of("status", Status)),
        ]
        # None of these names the status: an update of it then rewrites no index.
        indexes = [
            models.Index(fields=["tenant", "id"], name="payment_tenant"),
            models.Index(fields=["tenant", "wallet", "id"], name="payment_wallet"),
            models.Index(fields=["tenant", "user_id", "id"], name="payment_user", condition=~models.Q(user_id="")),
            models.Index(fields=["tenant", "event_id", "id"], name="payment_event", condition=~models.Q(event_id="")),
            models.Index(fields=["tenant", "order_id", "id"], name="payment_order", condition=~models.Q(order_id="")),
            models.Index(
                fields=["tenant", "external_reference"],
                name="payment_external_reference",
                condition=~models.Q(external_reference=""),
            ),
            models.Index(fields=["tenant", "id"], name="payment_flagged", condition=~models.Q(flag="")),
            # By ranges of pages: small, and with PostgreSQL 16 or newer an update of the time rewrites no other index.
            BrinIndex(fields=["created_at"], name="payment_created", pages_per_range=32),
            BrinIndex(fields=["completed_at"], name="payment_completed", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return self.shown_id

    @property
    def shown_id(self) -> str:
        return ids.show(ids.PAYMENT, self.public_id)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def commission(self) -> Money:
        return Money(self.commission_minor, self.currency)

    @property
    def net(self) -> Money:
        return self.amount - self.commission

    def take(self, status: Status) -> None:
        """Move to `status`; the caller writes the history row of the new version in the same transaction."""
        self.status = status
        self.version += 1
