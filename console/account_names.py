"""What an account of the ledger is called on a page: its kind in words, and whose it is."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from wallets.chart import CHART, AccountKind

Parties = Mapping[tuple[str, int], str]

KIND_NAMES: dict[AccountKind, Promise] = {
    AccountKind.GATEWAY_CLEARING: gettext_lazy("Owed by the gateway"),
    AccountKind.BANK: gettext_lazy("Bank"),
    AccountKind.WALLET_PENDING: gettext_lazy("Wallet, pending"),
    AccountKind.WALLET_AVAILABLE: gettext_lazy("Wallet, available"),
    AccountKind.WALLET_RESERVED: gettext_lazy("Wallet, reserved"),
    AccountKind.OWNER_DEBT: gettext_lazy("Owed by the owner"),
    AccountKind.COMMISSION_REVENUE: gettext_lazy("Commission"),
    AccountKind.PAYOUT_FEE_REVENUE: gettext_lazy("Payout fees"),
    AccountKind.GATEWAY_FEES: gettext_lazy("Gateway fees"),
    AccountKind.DISPUTE_LOSSES: gettext_lazy("Dispute losses"),
    AccountKind.ADJUSTMENTS: gettext_lazy("Adjustments"),
    AccountKind.FX_DIFFERENCE: gettext_lazy("Exchange differences"),
    AccountKind.SUSPENSE: gettext_lazy("Suspense"),
}

CATEGORY_NAMES: dict[str, Promise] = {
    "asset": gettext_lazy("Asset"),
    "liability": gettext_lazy("Liability"),
    "income": gettext_lazy("Income"),
    "expense": gettext_lazy("Expense"),
}


def account_name(*, kind: str, party_id: int, parties: Parties) -> str:
    """`Wallet, available: Baobab`; the party's number where its name was not loaded."""
    whose = party_name(kind=kind, party_id=party_id, parties=parties)
    name = str(KIND_NAMES[AccountKind(kind)])
    return _("%(kind)s: %(party)s") % {"kind": name, "party": whose} if whose else name


def party_name(*, kind: str, party_id: int, parties: Parties) -> str:
    """Whose account it is; empty for our own."""
    return parties.get((CHART[AccountKind(kind)].party, party_id), f"#{party_id}") if party_id else ""
