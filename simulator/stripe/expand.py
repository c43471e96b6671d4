"""`expand[]`: ids replaced by the objects they name, down to the depth asked for."""

from simulator.stripe.errors import ParameterRefused
from simulator.stripe.money_objects import dispute_shape, payout_shape, refund_shape, transaction_shape, transfer_shape
from simulator.stripe.objects import charge_shape, customer_shape, intent_shape, method_shape
from simulator.stripe.state import Account
from simulator.wire import Json

DEPTH_MAX = 4
# For each kind of object: the fields that can be expanded and the kind that comes out.
_EXPANDABLE = {
    "payment_intent": {"latest_charge": "charge", "customer": "customer", "payment_method": "payment_method"},
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "payment_intent": "payment_intent",
    },
    "balance_transaction": {"source": "source"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent", "balance_transaction": "balance_transaction"},
    # Whatever moved money; of a charge, refund or dispute the payment can be followed.
    "source": {"payment_intent": "payment_intent"},
}
_KINDS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "balance_transactions": "balance_transaction",
    "customers": "customer",
    "refunds": "refund",
}


def check_paths(wanted: list[str], *, path: str, method: str) -> None:
    """Refuse what cannot be expanded, before anything begins. `path` is the route's, such as /v1/charges/{id}."""
    collection, *rest = path.removeprefix("/v1/").split("/")
    is_list = method == "GET" and not rest
    for item in wanted:
        parts = item.split(".")
        kind = _KINDS.get(collection)
        if is_list and parts.pop(0) != "data":
            kind = None
        for part in parts:
            kind = _EXPANDABLE.get(kind or "", {}).get(part)
        if kind is None or len(parts) > DEPTH_MAX:
            raise ParameterRefused(f"This property cannot be expanded ({item}).", param="expand")


def expand(shape: Json, *, wanted: list[str], account: Account, now: int) -> Json:
    """A shape or a list of shapes with the wanted fields in full; the paths were checked before."""
    for path in wanted:
        parts = path.split(".")
        if shape["object"] != "list":
            _follow(shape, parts=parts, account=account, now=now)
            continue
        for item in shape["data"]:
            _follow(item, parts=parts[1:], account=account, now=now)
    return shape


def _follow(shape: Json, *, parts: list[str], account: Account, now: int) -> None:
    if not parts:
        return
    name, rest = parts[0], parts[1:]
    value = shape.get(name)
    if isinstance(value, str):
        value = shape[name] = _object(value, shape=shape, account=account, now=now)
    if isinstance(value, dict):
        _follow(value, parts=rest, account=account, now=now)


def _object(key: str, *, shape: Json, account: Account, now: int) -> Json | str:
    if key in account.charges:
        return charge_shape(account.charges[key])
    if key in account.transactions:
        return transaction_shape(account.transactions[key], now=now)
    if key in account.refunds:
        return refund_shape(account.refunds[key])
    if key in account.disputes:
        return dispute_shape(account.disputes[key], account=account, now=now)
    if key in account.transfers:
        return transfer_shape(account.transfers[key])
    if key in account.payouts:
        return payout_shape(account.payouts[key])
    if key in account.customers:
        return customer_shape(account.customers[key])
    if key in account.intents:
        return intent_shape(account.intents[key])
    return _method(key, shape=shape, account=account)


def _method(key: str, *, shape: Json, account: Account) -> Json | str:
    intent = account.intents.get(shape["id"])
    if intent is None or intent.card is None:
        return key
    return method_shape(key=key, card_id=intent.card, created=intent.created, customer=intent.customer)
