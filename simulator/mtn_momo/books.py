"""What really happened at the stand-in MTN, for an independent checker. Amounts in minor units."""

from collections import Counter

from simulator.gateway import PaymentLine
from simulator.mtn_momo.state import REFUND, REQUEST_TO_PAY, TRANSFER, AccountRecord, Transaction, written
from simulator.totals import totals
from simulator.wire import Json


def of(account: AccountRecord, transactions: list[Transaction]) -> Json:
    by_kind = {
        kind: [each for each in transactions if each.kind == kind] for kind in (REQUEST_TO_PAY, TRANSFER, REFUND)
    }
    payments = [_payment(each, refunds=by_kind[REFUND]) for each in by_kind[REQUEST_TO_PAY]]
    return {
        "gateway": "mtn_momo",
        "account": account.id,
        "account_id": account.id,
        "platform": account.platform,
        "payments": payments,
        "totals": totals(payments),
        "creates": _counted(by_kind[REQUEST_TO_PAY]),
        "refunds": _counted(by_kind[REFUND]),
        "payouts": _counted(by_kind[TRANSFER]),
        "paid_out": _paid_out(by_kind[TRANSFER]),
        "purses": account.purses,
    }


def line(transaction: Transaction) -> PaymentLine:
    return PaymentLine(
        gateway="mtn_momo",
        payment_id=transaction.id,
        reference=transaction.external_id,
        amount=f"{written(transaction.amount, currency=transaction.currency)} {transaction.currency}",
        status=transaction.status,
        page=f"/pay/mtn_momo/{transaction.id}",
    )


def _payment(transaction: Transaction, *, refunds: list[Transaction]) -> Json:
    is_paid = transaction.status == "SUCCESSFUL"
    back = [each for each in refunds if each.about.lower() == transaction.id and each.status == "SUCCESSFUL"]
    return {
        "gateway_payment_id": transaction.id,
        "reference": transaction.external_id,
        "amount": transaction.amount,
        "currency": transaction.currency.lower(),
        "status": transaction.status,
        "created": transaction.created,
        "captured": transaction.amount if is_paid else 0,
        "refunded": sum(each.amount for each in back),
        "held": 0,
        "charge_count": int(is_paid),
        "attempt_count": 1,
        "fee": 0,
    }


def _paid_out(transfers: list[Transaction]) -> Json:
    paid: Counter[str] = Counter()
    for transfer in transfers:
        if transfer.status == "SUCCESSFUL":
            paid[transfer.currency.lower()] += transfer.amount
    return dict(paid)


def _counted(transactions: list[Transaction]) -> Json:
    return dict(Counter(each.external_id for each in transactions))
