"""The accountant's page for money in: which accounts move when a payment does. Nothing else decides."""

from common.money import Money
from wallets.chart import AccountKind, AccountRef
from wallets.ledger import Posting

SUBJECT = "payment"
COMPLETED = "completed"
# Once per attempt: its number follows.
COLLECTED_TWICE = "collected_twice"


def payment_completed(
    *, gross: Money, commission: Money, wallet_id: int, gateway_account_id: int
) -> tuple[Posting, ...]:
    """The gateway owes us the gross; the owner gets the net, we get the commission. A zero part has no posting."""
    currency = gross.currency
    clearing = AccountRef(AccountKind.GATEWAY_CLEARING, gateway_account_id, currency)
    shares = (
        (AccountRef(AccountKind.WALLET_AVAILABLE, wallet_id, currency), gross - commission),
        (AccountRef(AccountKind.COMMISSION_REVENUE, 0, currency), commission),
    )
    return tuple(Posting(debit=clearing, credit=account, amount=share) for account, share in shares if share)


def collected_twice(*, gross: Money, gateway_account_id: int) -> tuple[Posting, ...]:
    """A payer paid once more what was paid: the gateway owes us that too, and nobody has earned it."""
    currency = gross.currency
    clearing = AccountRef(AccountKind.GATEWAY_CLEARING, gateway_account_id, currency)
    return (Posting(debit=clearing, credit=AccountRef(AccountKind.SUSPENSE, 0, currency), amount=gross),)
