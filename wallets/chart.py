"""The chart of accounts: which kinds exist, on which side they stand, and which may go below zero."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Category(StrEnum):
    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


class Party(StrEnum):
    """Whose account it is: `party_id` on the account is an id of this kind of thing."""

    NOBODY = "nobody"
    WALLET = "wallet"
    GATEWAY_ACCOUNT = "gateway_account"
    BANK_ACCOUNT = "bank_account"


class AccountKind(StrEnum):
    GATEWAY_CLEARING = "gateway_clearing"
    BANK = "bank"
    WALLET_PENDING = "wallet_pending"
    WALLET_AVAILABLE = "wallet_available"
    WALLET_RESERVED = "wallet_reserved"
    OWNER_DEBT = "owner_debt"
    COMMISSION_REVENUE = "commission_revenue"
    PAYOUT_FEE_REVENUE = "payout_fee_revenue"
    GATEWAY_FEES = "gateway_fees"
    DISPUTE_LOSSES = "dispute_losses"
    ADJUSTMENTS = "adjustments"
    FX_DIFFERENCE = "fx_difference"
    SUSPENSE = "suspense"


@dataclass(frozen=True, slots=True)
class KindRule:
    """One row of the chart. `normal_sign` is +1 where a debit raises the balance, -1 where a credit does."""

    category: Category
    party: Party
    may_be_negative: bool
    what_it_is: str

    @property
    def normal_sign(self) -> int:
        return 1 if self.category in (Category.ASSET, Category.EXPENSE) else -1


CHART: dict[AccountKind, KindRule] = {
    AccountKind.GATEWAY_CLEARING: KindRule(Category.ASSET, Party.GATEWAY_ACCOUNT, True, "what the gateway owes us"),
    AccountKind.BANK: KindRule(Category.ASSET, Party.BANK_ACCOUNT, True, "our bank account"),
    AccountKind.WALLET_PENDING: KindRule(Category.LIABILITY, Party.WALLET, False, "credited to the owner under a hold"),
    AccountKind.WALLET_AVAILABLE: KindRule(Category.LIABILITY, Party.WALLET, False, "free for the owner to be paid"),
    AccountKind.WALLET_RESERVED: KindRule(Category.LIABILITY, Party.WALLET, False, "set aside for a payout"),
    AccountKind.OWNER_DEBT: KindRule(
        Category.ASSET, Party.WALLET, False, "the owner owes us, recovered from the next credits"
    ),
    AccountKind.COMMISSION_REVENUE: KindRule(Category.INCOME, Party.NOBODY, True, "what we earn on sales"),
    AccountKind.PAYOUT_FEE_REVENUE: KindRule(Category.INCOME, Party.NOBODY, True, "what we charge for payouts"),
    AccountKind.GATEWAY_FEES: KindRule(Category.EXPENSE, Party.NOBODY, True, "what gateways take"),
    AccountKind.DISPUTE_LOSSES: KindRule(Category.EXPENSE, Party.NOBODY, True, "disputes we lost and bear"),
    AccountKind.ADJUSTMENTS: KindRule(Category.EXPENSE, Party.NOBODY, True, "corrections decided by two people"),
    AccountKind.FX_DIFFERENCE: KindRule(Category.EXPENSE, Party.NOBODY, True, "gains and losses between currencies"),
    AccountKind.SUSPENSE: KindRule(
        Category.LIABILITY, Party.NOBODY, True, "money that arrived and is not yet explained"
    ),
}

WALLET_KINDS = tuple(kind for kind, rule in CHART.items() if rule.party is Party.WALLET)


class AccountRef(NamedTuple):
    """Names one account of a tenant without its row: kind, whose it is (0 for nobody), currency."""

    kind: AccountKind
    party_id: int
    currency: str
