"""What really happened at the stand-in Paystack, for an independent checker. Amounts in hundredths, as on the wire."""

from collections import Counter

from simulator.gateway import PaymentLine
from simulator.paystack.state import Account, Transaction
from simulator.totals import totals
from simulator.wire import Json


def of(account: Account) -> Json:
    payments = [_payment(transaction) for transaction in account.transactions.values()]
    return {
        "gateway": "paystack",
        "account": account.record.key,
        "account_id": account.record.id,
        "payments": payments,
        "totals": totals(payments),
        "creates": dict(Counter(payment["reference"] for payment in payments)),
        "refunds": dict(Counter(refund.merchant_note for refund in account.refunds.values())),
        "payouts": dict(Counter(transfer.reference for transfer in account.transfers.values())),
        "balances": dict(account.record.balances),
        "transfers": [
            {"reference": each.reference, "amount": each.amount, "currency": each.currency, "status": each.status}
            for each in account.transfers.values()
        ],
    }


def line(transaction: Transaction) -> PaymentLine:
    return PaymentLine(
        gateway="paystack",
        payment_id=str(transaction.id),
        reference=transaction.reference,
        amount=shown(transaction.requested_amount, currency=transaction.currency),
        status=transaction.status,
        page=f"/pay/paystack/{transaction.access_code}",
    )


def shown(wire: int, *, currency: str) -> str:
    whole, part = divmod(wire, 100)
    return f"{whole:,} {currency}" if currency == "XOF" else f"{whole:,}.{part:02} {currency}"


def _payment(transaction: Transaction) -> Json:
    return {
        "gateway_payment_id": transaction.reference,
        "transaction_id": transaction.id,
        "reference": transaction.reference,
        "amount": transaction.requested_amount,
        "currency": transaction.currency,
        "status": transaction.status,
        "created": transaction.created,
        "captured": transaction.amount if transaction.paid is not None else 0,
        "refunded": transaction.refunded,
        "charged_back": transaction.charged_back,
        "held": 0,
        "charge_count": int(transaction.paid is not None),
        "fee": transaction.fees or 0,
    }
