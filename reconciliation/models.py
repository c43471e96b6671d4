"""What was proved about the books, and when; what the bank says happened on our accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from common.models import CurrencyField, MinorUnitsField
from common.money import Money
from gateways.models import GatewayAccount
from payments.models import PaymentAttempt


class BooksVerification(models.Model):
    """One run of `verify_books`: what it read, how long it took, and every difference it found."""

    started_at = models.DateTimeField()
    seconds = models.DecimalField(max_digits=9, decimal_places=3)
    transactions = models.BigIntegerField()
    entries = models.BigIntegerField()
    last_entry_id = models.BigIntegerField()
    holds = models.BooleanField()
    differences = models.JSONField(default=list)

    class Meta:
        verbose_name = _("verification of the books")
        verbose_name_plural = _("verifications of the books")

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}: {'holds' if self.holds else 'differs'}"


class BankStatement(models.Model):
    """One statement of one bank account, kept as it came. What it tells is in its lines; nobody edits it."""

    class State(models.TextChoices):
        IMPORTED = "imported", _("Imported")
        DIFFERS = "differs", _("Balances differ")

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    gateway_account = models.ForeignKey(
        GatewayAccount,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text=_("Also our bank account."),
    )
    state = models.CharField(max_length=10, choices=State.choices)
    file_sha256 = models.CharField(max_length=64)
    part = models.PositiveSmallIntegerField(help_text=_("Which of the statements in its file."))
    file_name = models.CharField(max_length=200)
    file = models.BinaryField(help_text=_("The bytes as they came, sealed."))
    format = models.CharField(max_length=10)
    statement_id = models.CharField(max_length=100, blank=True, help_text=_("The bank's own number."))
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    currency = CurrencyField()
    opening_minor = MinorUnitsField(null=True, help_text=_("Empty where the file states no balance."))
    closing_minor = MinorUnitsField(null=True)
    difference_minor = MinorUnitsField(
        null=True,
        help_text=_("Closing less opening less bookings. Not zero: the file is not whole, nothing moved."),
    )
    credit_minor = MinorUnitsField(help_text=_("Booked in."))
    debit_minor = MinorUnitsField(help_text=_("Booked out."))
    entries = models.PositiveIntegerField()
    known_entries = models.PositiveIntegerField(help_text=_("Entries that an earlier statement had told already."))
    imported_by = models.CharField(max_length=120)
    imported_at = models.DateTimeField()

    class Meta:
        verbose_name = _("bank statement")
        verbose_name_plural = _("bank statements")
        constraints = [
            models.UniqueConstraint(fields=["gateway_account", "file_sha256", "part"], name="statement_file_once"),
            models.CheckConstraint(
                name="statement_state_says_difference",
                condition=models.Q(state="imported", difference_minor__isnull=True)
                | models.Q(state="imported", difference_minor=0)
                | models.Q(state="differs") & ~models.Q(difference_minor=0) & models.Q(difference_minor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_account.name} {self.last_day or ''} {self.statement_id}".strip()


class LineState(models.TextChoices):
    """What became of an entry. Only what the bank booked moves money, and is in our books from its decision on."""

    RECEIVED = "received", _("Received")
    ANNOUNCED = "announced", _("Announced")
    MATCHED = "matched", _("Matched")
    UNMATCHED = "unmatched", _("Unmatched")
    IGNORED = "ignored", _("Ignored")


class LineReason(models.TextChoices):
    """Why an entry is not simply the payment of what was asked."""

    NONE = "", _("None")
    NO_REFERENCE = "no_reference", _("No reference of ours")
    UNKNOWN_REFERENCE = "unknown_reference", _("Reference of no payment")
    SEVERAL_REFERENCES = "several_references", _("References of several payments")
    WRONG_AMOUNT = "wrong_amount", _("Another amount than asked")
    WRONG_CURRENCY = "wrong_currency", _("Another currency than asked")
    TWICE = "twice", _("The payment is paid already")
    THIRD_PARTY = "third_party", _("Paid by somebody else")
    TOO_LATE = "too_late", _("After the deadline")
    CONTRADICTION = "contradiction", _("The payment cannot be paid now")
    REVERSAL = "reversal", _("Takes back an earlier booking")
    MONEY_OUT = "money_out", _("Money went out")
    NOT_MONEY = "not_money", _("Moves no money")


class StatementLine(models.Model):
    """One entry of the bank, however many statements list it. Its decision is made once and booked with it."""

    tenant = models.ForeignKey("tenants.Tenant", on_delete=models.PROTECT, related_name="+", db_index=False)
    gateway_account = models.ForeignKey(GatewayAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    key = models.CharField(max_length=128, help_text=_("The bank's reference and direction, or a hash of the entry."))
    state = models.CharField(max_length=10, choices=LineState.choices, default=LineState.RECEIVED)
    reason = models.CharField(max_length=20, choices=LineReason.choices, blank=True, default="")
    amount_minor = MinorUnitsField(help_text=_("Above zero is money in, below is money out."))
    currency = CurrencyField()
    booking_date = models.DateField()
    value_date = models.DateField(null=True)
    counterparty_name = models.CharField(max_length=200, blank=True)
    counterparty_iban = models.CharField(max_length=40, blank=True, help_text=_("Masked; whole in the sealed file."))
    end_to_end_id = models.CharField(max_length=100, blank=True)
    structured_reference = models.CharField(max_length=200, blank=True)
    remittance = models.CharField(max_length=1000, blank=True)
    bank_reference = models.CharField(max_length=100, blank=True)
    is_reversal = models.BooleanField(default=False)
    return_reason = models.CharField(max_length=40, blank=True)
    references = models.JSONField(default=list, help_text=_("Ours, found in its texts, check digits verified."))
    attempt = models.ForeignKey(
        PaymentAttempt,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text=_("Whose reference it carries; the one it paid when it is matched."),
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("statement line")
        verbose_name_plural = _("statement lines")
        constraints = [
            models.UniqueConstraint(fields=["gateway_account", "key"], name="statement_line_once"),
            models.UniqueConstraint(
                fields=["attempt"], name="statement_line_pays_once", condition=models.Q(state="matched")
            ),
            models.CheckConstraint(name="statement_line_state_known", condition=models.Q(state__in=LineState.values)),
            models.CheckConstraint(
                name="statement_line_matched_has_attempt",
                condition=~models.Q(state="matched") | models.Q(attempt__isnull=False, amount_minor__gt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="statement_line_received", condition=models.Q(state="received")),
            models.Index(fields=["id"], name="statement_line_unmatched", condition=models.Q(state="unmatched")),
        ]

    def __str__(self) -> str:
        return f"{self.booking_date} {self.amount}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
