"""What really happened at the stand-in CinetPay, for an independent checker. Amounts in whole units of the wire."""

from collections import Counter

from simulator.cinetpay.state import Account, Payment, State
from simulator.gateway import PaymentLine
from simulator.totals import totals
from simulator.wire import Json


def of(account: Account, *, state: State) -> Json:
    payments = [_payment(payment) for payment in state.payments.values() if payment.account == account.api_key]
    transfers = [transfer for transfer in state.transfers.values() if transfer.account == account.api_key]
    return {
        "gateway": "cinetpay",
        "account": account.api_key,
        "payments": payments,
        "totals": totals(payments),
        "creates": dict(Counter(payment["reference"] for payment in payments)),
        "refunds": {},
        "payouts": dict(Counter(transfer.client_id for transfer in transfers)),
        "transfers": [
            {"id": each.id, "reference": each.client_id, "amount": each.amount, "status": each.status}
            for each in transfers
        ],
        "purse": {"available": account.purse, "in_use": account.in_use},
    }


def line(payment: Payment) -> PaymentLine:
    return PaymentLine(
        gateway="cinetpay",
        payment_id=payment.transaction_id,
        reference=payment.reference,
        amount=f"{payment.amount} {payment.currency}",
        status=payment.state,
        page=f"/pay/cinetpay/{payment.token}",
    )


def _payment(payment: Payment) -> Json:
    return {
        "gateway_payment_id": payment.transaction_id,
        "reference": payment.reference,
        "amount": payment.amount,
        "currency": payment.currency,
        "status": payment.state,
        "created": payment.created,
        "captured": payment.amount * payment.paid_count,
        "refunded": 0,
        "held": 0,
        "charge_count": payment.paid_count,
        "attempt_count": payment.tries,
        "fee": 0,
    }
