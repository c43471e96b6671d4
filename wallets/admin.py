"""Wallets and transactions of the ledger, to be found and read. The console adds what other apps know."""

from collections.abc import Iterable

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common import ids
from common.admin import KeysetChangeList, ReadOnlyAdmin
from common.admin_columns import TOTALS_MAX, Cell, Column, Total
from common.admin_filters import ChoiceFilter, DayFilter, Words
from common.money import Money
from tenants.models import Tenant
from wallets import balances
from wallets.chart import AccountKind
from wallets.models import Balance, LedgerAccount, LedgerTransaction, OwnerType, Wallet


class OwnerTypeFilter(ChoiceFilter):
    title = _("Owner type")
    parameter_name = column = "owner_type"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return list(OwnerType.choices)


class WalletStatusFilter(ChoiceFilter):
    title = _("Status")
    parameter_name = column = "status"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        return list(Wallet.Status.choices)


class AccountCurrencyFilter(ChoiceFilter):
    """The currencies in which there are accounts: a wallet without an account holds nothing."""

    title = _("Currency")
    parameter_name = column = "currency"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Words]]:
        codes = LedgerAccount.objects.order_by("currency").values_list("currency", flat=True).distinct()
        return [(code, code) for code in codes]


def wallets_of_owner(owner_id: str) -> QuerySet[Wallet]:
    """By the core platform's id. Tenants and types are named because the index begins with them."""
    tenants = Tenant.objects.values("pk")
    return Wallet.objects.filter(tenant__in=tenants, owner_type__in=OwnerType.values, owner_id=owner_id)


class WalletChangeList(KeysetChangeList):
    """Adds the balances of the page's wallets, read together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = balances.of_wallets(self.result_list)
        for wallet in self.result_list:
            wallet.balances = found[wallet.pk]


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    id_prefix = ids.WALLET
    search_fields = ("public_id",)
    search_hint = _("Wallet id or the owner's id, exactly")
    empty_hint = _("A wallet is made with the first sale of its owner.")
    list_filter = (OwnerTypeFilter, AccountCurrencyFilter, WalletStatusFilter)
    list_select_related = ("tenant",)
    columns = (
        Column(_("Owner"), lambda w: w.owner_name or w.owner_id, on_phone=True),
        Column(_("Owner type"), lambda w: w.owner_type),
        Column(_("Owner's id"), lambda w: w.owner_id, Cell.CODE),
        Column(_("Available"), lambda w: w.balances.available, Cell.AMOUNT, on_phone=True),
        Column(_("Pending"), lambda w: w.balances.pending, Cell.AMOUNT),
        Column(_("Reserved"), lambda w: w.balances.reserved, Cell.AMOUNT),
        Column(_("Debt"), lambda w: w.balances.debt, Cell.AMOUNT, on_phone=True),
        Column(_("Status"), lambda w: w.status, Cell.STATUS, noun="wallet", on_phone=True),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Wallet]:
        return super().get_queryset(request).select_related("tenant")

    def get_changelist(self, request: HttpRequest, **kwargs: object) -> type[KeysetChangeList]:
        return WalletChangeList

    def exact(self, request: HttpRequest, rows: QuerySet[Wallet], text: str) -> QuerySet[Wallet]:
        public_id = ids.read(ids.WALLET, text)
        return (
            rows.filter(public_id=public_id) if public_id else rows.filter(pk__in=wallets_of_owner(text).values("pk"))
        )

    def total(self, rows: QuerySet[Wallet]) -> Total | None:
        """Available and owed per currency, of at most the first 1 000 wallets."""
        shown = list(rows.order_by("-pk").values_list("pk", flat=True)[: TOTALS_MAX + 1])
        if len(shown) > TOTALS_MAX:
            return Total(rows=TOTALS_MAX, too_many=True)
        return Total(rows=len(shown), amounts=tuple(_sums(shown)))


def _sums(wallet_ids: list[int]) -> Iterable[tuple[Words, Money]]:
    words = {AccountKind.WALLET_AVAILABLE: _("Available"), AccountKind.OWNER_DEBT: _("Debt")}
    found = (
        Balance.objects.filter(account__kind__in=words, account__party_id__in=wallet_ids)
        .values("account__currency", "account__kind")
        .annotate(minor=Sum("balance_minor"))
        .order_by("account__currency", "-account__kind")
    )
    for line in found:
        money = Money(int(line["minor"]), line["account__currency"])
        if money or line["account__kind"] == AccountKind.WALLET_AVAILABLE:
            yield words[AccountKind(line["account__kind"])], money


class RecordedFilter(DayFilter):
    moments = (("recorded_at", _("Recorded")), ("occurred_at", _("Occurred")))


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    id_prefix = ids.LEDGER_TRANSACTION
    search_fields = ("public_id",)
    search_hint = _("Exact id of the transaction")
    empty_hint = _("The first completed payment is the first transaction.")
    list_filter = (RecordedFilter,)
    columns = (
        Column(_("Transaction"), lambda t: ids.show(ids.LEDGER_TRANSACTION, t.public_id), Cell.ID, on_phone=True),
        Column(_("Effect"), lambda t: t.effect, on_phone=True),
        Column(_("About"), lambda t: f"{t.subject_type} {t.subject_id}"),
        Column(_("Lines"), lambda t: t.entry_count, Cell.NUMBER),
        Column(_("Occurred"), lambda t: t.occurred_at, Cell.WHEN),
        Column(_("Recorded"), lambda t: t.recorded_at, Cell.WHEN, on_phone=True),
    )

    def exact(self, request: HttpRequest, rows: QuerySet[LedgerTransaction], text: str) -> QuerySet[LedgerTransaction]:
        public_id = ids.read(ids.LEDGER_TRANSACTION, text)
        return rows.filter(public_id=public_id) if public_id else rows.none()
