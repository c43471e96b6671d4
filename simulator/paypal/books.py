"""What really happened at the stand-in PayPal, for an independent checker: in hundredths, or whole HUF, JPY, TWD."""

from collections import Counter, defaultdict
from decimal import Decimal

from simulator.gateway import PaymentLine
from simulator.paypal import money
from simulator.paypal.payments import Payments
from simulator.paypal.state import Account, Record
from simulator.totals import totals
from simulator.wire import Json

_TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})


def of(account: Account, *, payments: Payments) -> Json:
    captures, holds = _by_order(account, "capture"), _by_order(account, "authorization")
    shown = [
        _payment(order, captures=captures[order.id], holds=holds[order.id], account=account, payments=payments)
        for order in account.of("order").values()
    ]
    refunds = [each for each in account.of("refund").values() if not each.hidden["is_reversal"]]
    return {
        "gateway": "paypal",
        "account": account.record.key,
        "payments": shown,
        "totals": totals(shown),
        "creates": dict(Counter(payment["reference"] for payment in shown)),
        "refunds": dict(Counter(each.shown.get("custom_id", "") for each in refunds)),
        "payouts": dict(Counter(batch.hidden["sender"] for batch in account.of("batch").values())),
    }


def _by_order(account: Account, kind: str) -> defaultdict[str, list[Record]]:
    """In one pass: the books of thousands of orders are asked for again and again."""
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in account.of(kind).values():
        found[record.hidden.get("order", "")].append(record)
    return found


def _payment(
    order: Record, *, captures: list[Record], holds: list[Record], account: Account, payments: Payments
) -> Json:
    unit = order.shown["purchase_units"][0]
    currency = unit["amount"]["currency_code"]
    taken = [each for each in captures if each.status in _TAKEN]
    held = [each for each in holds if each.status == "CREATED"]
    back = sum((payments.given_back(each, account=account) for each in taken), Decimal(0))
    return {
        "gateway_payment_id": order.id,
        "reference": unit.get("custom_id", ""),
        "amount": money.minor(unit["amount"]["value"], currency),
        "currency": currency,
        "status": order.status,
        "created": order.created,
        "captured": sum(money.minor(each.shown["amount"]["value"], currency) for each in taken),
        "refunded": money.minor(str(back), currency),
        "held": sum(money.minor(each.shown["amount"]["value"], currency) for each in held),
        "charge_count": len(taken),
        "fee": sum(
            money.minor(each.shown["seller_receivable_breakdown"]["paypal_fee"]["value"], currency) for each in taken
        ),
    }


def line(order: Record) -> PaymentLine:
    unit = order.shown["purchase_units"][0]
    return PaymentLine(
        gateway="paypal",
        payment_id=order.id,
        reference=unit.get("custom_id", ""),
        amount=f"{unit['amount']['value']} {unit['amount']['currency_code']}",
        status=order.status,
        page=f"/pay/paypal/checkoutnow?token={order.id}",
    )
