"""What really happened at the stand-in Orange Money, for an independent checker. Amounts in whole units."""

from collections import Counter

from simulator.gateway import PaymentLine
from simulator.orange_money.state import GATEWAY, Account, Order, State
from simulator.totals import totals
from simulator.wire import Json

PAY_INS = ("webpay", "mp", "qrcode", "onestep")
PAY_OUTS = ("cashin", "cashin_sonatel")
PAID = frozenset({"SUCCESS", "SUCCESSFULL"})
_PAGES = {"webpay": "webpay", "mp": "phone", "qrcode": "qr"}
# A payToken that nobody used, and what was refused at once, are no payments.
_NOTHING = frozenset({"INITIALIZED", "FAILED"})


def of(state: State, account: Account) -> Json:
    payments = [_row(order) for order in state.orders_of(account, *PAY_INS) if order.status != "INITIALIZED"]
    payouts = [_row(order) for order in state.orders_of(account, *PAY_OUTS) if order.status not in _NOTHING]
    return {
        "gateway": GATEWAY,
        "account": account.id,
        "payments": payments,
        "totals": totals(payments),
        "creates": dict(Counter(payment["reference"] for payment in payments)),
        "refunds": {},
        "payouts": dict(Counter(payout["reference"] for payout in payouts)),
        "paid_out": payouts,
        "float": account.float_amount,
    }


def line(order: Order) -> PaymentLine:
    page = _PAGES.get(order.product)
    return PaymentLine(
        gateway=GATEWAY,
        payment_id=order.id,
        reference=order.reference,
        amount=f"{order.amount} {order.currency}",
        status=order.status,
        page=f"/pay/{GATEWAY}/{page}/{order.id}" if page else "/",
    )


def _row(order: Order) -> Json:
    return {
        "gateway_payment_id": order.id,
        "reference": order.reference,
        "order_id": order.order_id,
        "product": order.product,
        "amount": order.amount,
        "currency": order.currency.lower(),
        "status": order.status,
        "created": order.created,
        "captured": order.amount if order.status in PAID else 0,
        "refunded": 0,
        "charge_count": int(order.status in PAID),
    }
