"""Wallets and the books. Rows of the books are added, never edited: the database refuses the rest."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from common import ids
from common.models import CurrencyField, MinorUnitsField
from tenants.models import Tenant
from wallets.chart import CHART, AccountKind, Category


class OwnerType(models.TextChoices):
    ORGANIZER = "organizer", _("Organizer")
    DESIGNER = "designer", _("Designer")
    PLATFORM = "platform", _("Platform")


class Wallet(models.Model):
    """What one owner has with us in one currency. Its amounts are the balances of its ledger accounts."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        FROZEN = "frozen", _("Frozen")

    public_id = models.UUIDField(default=ids.uuid7, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    owner_type = models.CharField(max_length=20, choices=OwnerType.choices)
    owner_id = models.CharField(max_length=100, help_text=_("The owner's id at the core platform."))
    owner_name = models.CharField(max_length=200, blank=True)
    currency = CurrencyField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "owner_type", "owner_id", "currency"], name="wallet_once")
        ]

    def __str__(self) -> str:
        return f"{self.owner_name or self.owner_id} {self.currency}"


class LedgerAccount(models.Model):
    """One account of the chart, for one party and one currency. Made on first use, never removed."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.value) for kind in AccountKind])
    category = models.CharField(max_length=10, choices=[(category.value, category.value) for category in Category])
    party_id = models.BigIntegerField(default=0, help_text=_("Whose it is: the wallet or gateway account; 0 for ours."))
    currency = CurrencyField()
    closed_at = models.DateTimeField(null=True, blank=True, help_text=_("A closed account takes no entries."))
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "party_id", "currency"], name="ledger_account_once"),
            models.CheckConstraint(
                name="ledger_account_in_chart",
                condition=models.Q(
                    *(models.Q(kind=kind.value, category=rule.category.value) for kind, rule in CHART.items()),
                    _connector=models.Q.OR,
                ),
            ),
        ]
        indexes = [models.Index(fields=["kind", "party_id"], name="ledger_account_party")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.party_id} {self.currency}" if self.party_id else f"{self.kind} {self.currency}"


class Balance(models.Model):
    """The cached balance of one account, on its normal side: positive means what the chart says it means.

    Moved only by `wallets.ledger`, in the statement that writes the entries.
    """

    account = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, primary_key=True, related_name="balance")
    balance_minor = MinorUnitsField(default=0)
    normal_sign = models.SmallIntegerField(help_text=_("+1: debits raise it; -1: credits raise it."))
    may_be_negative = models.BooleanField()
    version = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("balance")
        verbose_name_plural = _("balances")
        constraints = [
            models.CheckConstraint(
                name="balance_not_below_zero",
                condition=models.Q(may_be_negative=True) | models.Q(balance_minor__gte=0),
            ),
            models.CheckConstraint(name="balance_sign", condition=models.Q(normal_sign__in=(1, -1))),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.balance_minor}"


class LedgerTransaction(models.Model):
    """One business effect, booked whole. Says how many entries it has, so that none can be added later."""

    id = models.BigAutoField(primary_key=True)
    public_id = models.UUIDField(default=ids.uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject_type = models.CharField(max_length=20, help_text=_("What it is about, such as payment."))
    subject_id = models.BigIntegerField()
    effect = models.CharField(max_length=40, help_text=_("What happened to it, such as completed; once each."))
    entry_count = models.PositiveSmallIntegerField()
    occurred_at = models.DateTimeField(help_text=_("When it happened in the world."))
    recorded_at = models.DateTimeField(help_text=_("When we booked it."))
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by")

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        constraints = [
            models.UniqueConstraint(fields=["subject_type", "subject_id", "effect"], name="ledger_effect_once"),
            models.UniqueConstraint(fields=["public_id"], name="ledger_transaction_public_id"),
            models.CheckConstraint(name="ledger_two_entries_or_more", condition=models.Q(entry_count__gte=2)),
        ]
        indexes = [
            models.Index(fields=["tenant", "id"], name="ledger_transaction_tenant"),
            # Rows arrive in the order of this time, so a summary per range of pages finds a period and costs nothing.
            BrinIndex(fields=["recorded_at"], name="ledger_transaction_recorded", pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.subject_type} {self.subject_id} {self.effect}"


class LedgerEntry(models.Model):
    """One line: signed minor units, debit above zero, credit below."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount_minor = MinorUnitsField()
    currency = CurrencyField()
    balance_after_minor = MinorUnitsField(
        null=True, help_text=_("Balance of a wallet account after this entry, on its normal side.")
    )

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = [models.CheckConstraint(name="ledger_entry_not_zero", condition=~models.Q(amount_minor=0))]
        indexes = [models.Index(fields=["account", "id"], name="ledger_entry_account")]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.amount_minor} {self.currency}"


class BooksClosing(models.Model):
    """Up to when a tenant's books are closed: nothing may be recorded at or before that moment."""

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, primary_key=True, related_name="+")
    closed_through = models.DateTimeField()

    class Meta:
        verbose_name = _("closing of the books")
        verbose_name_plural = _("closings of the books")

    def __str__(self) -> str:
        return f"{self.tenant_id}: {self.closed_through}"
