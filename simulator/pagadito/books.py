"""What really happened at the stand-in Pagadito, for an independent checker. Amounts in hundredths."""

from collections import Counter

from simulator.gateway import PaymentLine
from simulator.pagadito.records import Records
from simulator.pagadito.state import COMPLETED, Merchant, Transaction
from simulator.totals import totals
from simulator.wire import Json


def of(merchant: Merchant, *, records: Records) -> Json:
    payments = [_payment(each) for each in records.transactions.values() if each.uid == merchant.uid]
    return {
        "gateway": "pagadito",
        "account": merchant.uid,
        "payments": payments,
        "totals": totals(payments),
        "creates": dict(Counter(payment["reference"] for payment in payments)),
        "refunds": {},
        "payouts": {},
    }


def _payment(transaction: Transaction) -> Json:
    is_paid = transaction.status == COMPLETED
    return {
        "gateway_payment_id": transaction.token,
        "reference": transaction.ern,
        "amount": transaction.minor,
        "currency": transaction.currency,
        "status": transaction.status,
        "created": transaction.created,
        "captured": transaction.minor if is_paid else 0,
        "refunded": 0,
        "charge_count": int(is_paid),
    }


def line(transaction: Transaction) -> PaymentLine:
    return PaymentLine(
        gateway="pagadito",
        payment_id=transaction.token,
        reference=transaction.ern,
        amount=f"{transaction.amount} {transaction.currency}",
        status=transaction.status,
        page=f"/pay/pagadito/{transaction.token}",
    )
