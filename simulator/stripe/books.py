"""What really happened at the stand-in Stripe, for an independent checker. Amounts in Stripe's units of the wire."""

from collections import Counter
from collections.abc import Mapping

from simulator.gateway import PaymentLine
from simulator.stripe import currencies
from simulator.stripe.money_state import Payout, Refund, Transfer
from simulator.stripe.state import Account, Intent, reference_of
from simulator.totals import totals
from simulator.wire import Json


def of(account: Account) -> Json:
    payments = [_payment(intent, account=account) for intent in account.intents.values()]
    return {
        "gateway": "stripe",
        "account": account.record.key,
        "account_id": account.id,
        "payments": payments,
        "totals": totals(payments),
        "creates": dict(Counter(payment["reference"] for payment in payments)),
        "refunds": _times(account.refunds),
        "payouts": _times({**account.transfers, **account.payouts}),
    }


def _times(records: Mapping[str, Refund | Transfer | Payout]) -> dict[str, int]:
    """How often each reference of ours took effect; what nobody gave a reference is left out."""
    return dict(Counter(reference for record in records.values() if (reference := reference_of(record.metadata))))


def _payment(intent: Intent, *, account: Account) -> Json:
    charges = [account.charges[key] for key in intent.charges]
    taken = [charge for charge in charges if charge.captured and charge.status == "succeeded"]
    fees = [account.transactions[charge.balance_transaction].fee for charge in taken if charge.balance_transaction]
    return {
        "gateway_payment_id": intent.id,
        "reference": intent.reference,
        "metadata": intent.metadata,
        "amount": intent.amount,
        "currency": intent.currency,
        "status": intent.status,
        "created": intent.created,
        "captured": sum(charge.amount_captured for charge in taken),
        # The rest of a partial capture counts as refunded at Stripe, yet no money moved: it is left out here.
        "refunded": sum(charge.amount_refunded - (charge.amount - charge.amount_captured) for charge in taken),
        "held": intent.amount_capturable,
        "charge_count": len(taken),
        "attempt_count": len(charges),
        "fee": sum(fees),
    }


def line(intent: Intent) -> PaymentLine:
    return PaymentLine(
        gateway="stripe",
        payment_id=intent.id,
        reference=intent.reference,
        amount=currencies.shown(intent.amount, currency=intent.currency),
        status=intent.status,
        page=f"/pay/stripe/{intent.id}",
    )
