"""What rows of the books are called: whose an account is, what a transaction is about, where both have their page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from common import ids
from console import tones
from console.account_names import Parties
from gateways.models import GatewayAccount
from payments.models import Payment
from payments.postings import SUBJECT as PAYMENT
from reconciliation.postings import STATEMENT_LINE
from tenants.models import Tenant
from wallets.admin import wallets_of_owner
from wallets.chart import CHART, AccountKind, Party
from wallets.models import LedgerAccount, LedgerTransaction, Wallet


@dataclass(frozen=True, slots=True)
class Subject:
    """What was booked, and the page of the thing it was about."""

    shown_id: str
    address: str
    note: str = ""


Subjects = Mapping[tuple[str, int], Subject]
_KINDS = {party: [kind for kind, rule in CHART.items() if rule.party is party] for party in Party}


def parties_of(accounts: Iterable[tuple[str, int]]) -> Parties:
    """Names for (kind, party) pairs, in one query for each sort of party that occurs."""
    asked: dict[Party, set[int]] = {}
    for kind, party_id in accounts:
        asked.setdefault(CHART[AccountKind(kind)].party, set()).add(party_id)
    names: dict[tuple[str, int], str] = {}
    if asked.get(Party.WALLET):
        for wallet in Wallet.objects.filter(pk__in=asked[Party.WALLET]):
            names[Party.WALLET, wallet.pk] = wallet.owner_name or wallet.owner_id
    # A bank account of ours is the gateway account that payers transfer to.
    accounts_asked = asked.get(Party.GATEWAY_ACCOUNT, set()) | asked.get(Party.BANK_ACCOUNT, set())
    if accounts_asked:
        rows = list(GatewayAccount.objects.filter(pk__in=accounts_asked).values_list("pk", "name"))
        names |= {(party, pk): name for party in (Party.GATEWAY_ACCOUNT, Party.BANK_ACCOUNT) for pk, name in rows}
    return names


def party_address(*, kind: str, party_id: int) -> str:
    """The page of whose account it is; empty for our own."""
    match CHART[AccountKind(kind)].party:
        case Party.WALLET:
            return reverse("admin:wallets_wallet_change", args=[party_id])
        case Party.GATEWAY_ACCOUNT | Party.BANK_ACCOUNT:
            return reverse("admin:gateways_gatewayaccount_change", args=[party_id])
        case _:
            return ""


def accounts_of_party(text: str) -> Q:
    """The accounts of whoever has exactly this id: ours of a wallet or gateway account, or an owner's."""
    wallet_id, gateway_id = ids.read(ids.WALLET, text), ids.read(ids.GATEWAY_ACCOUNT, text)
    if gateway_id:
        rows = GatewayAccount.objects.filter(public_id=gateway_id)
        return Q(kind__in=_KINDS[Party.GATEWAY_ACCOUNT], party_id__in=rows.values("pk"))
    wallets = Wallet.objects.filter(public_id=wallet_id) if wallet_id else wallets_of_owner(text)
    return Q(kind__in=_KINDS[Party.WALLET], party_id__in=wallets.values("pk"))


def subjects_of(transactions: Iterable[LedgerTransaction]) -> Subjects:
    """By (type, id), in one query; a type that the console has no page for is shown by its number."""
    pairs = {(row.subject_type, row.subject_id) for row in transactions}
    found: dict[tuple[str, int], Subject] = {pair: Subject(f"{pair[0]} {pair[1]}", "") for pair in pairs}
    payment_ids = [pk for subject_type, pk in pairs if subject_type == PAYMENT]
    if payment_ids:
        for payment in Payment.objects.filter(pk__in=payment_ids).only("public_id", "order_id"):
            address = reverse("admin:payments_payment_change", args=[payment.shown_id])
            found[PAYMENT, payment.pk] = Subject(payment.shown_id, address, payment.order_id)
    for subject_type, pk in pairs:
        if subject_type == STATEMENT_LINE:
            address = reverse("admin:reconciliation_statementline_change", args=[pk])
            found[subject_type, pk] = Subject(_("Statement line %(number)s") % {"number": f"#{pk}"}, address)
    return found


def effect_words(transaction: LedgerTransaction) -> str:
    return _("Reversal") if transaction.reverses_id else str(tones.words_of(transaction.effect))


def accounts_address(*, tenant: Tenant, currency: str, kind: AccountKind) -> str:
    """The list of a tenant's accounts of one kind."""
    words = {"tenant": ids.show(ids.TENANT, tenant.public_id), "currency": currency, "kind": kind.value}
    return f"{reverse('admin:wallets_ledgeraccount_changelist')}?{urlencode(words)}"


def account_address(account_id: int) -> str:
    return reverse("admin:wallets_ledgeraccount_change", args=[account_id])


def transaction_id(transaction: LedgerTransaction) -> str:
    return ids.show(ids.LEDGER_TRANSACTION, transaction.public_id)


def transaction_address(transaction: LedgerTransaction) -> str:
    return reverse("admin:wallets_ledgertransaction_change", args=[transaction_id(transaction)])


def account_of(account: LedgerAccount) -> tuple[str, int]:
    return account.kind, account.party_id
