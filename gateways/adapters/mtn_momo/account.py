"""What an account itself can be asked: its purses and whether it can sign in."""

from collections.abc import Sequence

import msgspec

from gateways.adapters.mtn_momo.client import MomoApi, read_token
from gateways.adapters.mtn_momo.options import Product
from gateways.amounts import AmountNotRepresentable, read_decimal
from gateways.contract import CredentialsCheck, GatewayBalance
from gateways.errors import NoAnswer, OutcomeUnknown


class _Balance(msgspec.Struct, frozen=True, rename="camel"):
    available_balance: str
    currency: str


_read_balance = msgspec.json.Decoder(_Balance).decode


def balance(api: MomoApi, product: Product) -> GatewayBalance:
    """Raises NotSent or OutcomeUnknown, the latter also for an answer that cannot be read."""
    answer = api.balance(product)
    if answer.status != 200:
        raise OutcomeUnknown("unexpected_answer", f"HTTP {answer.status}")
    try:
        told = _read_balance(answer.body)
        return GatewayBalance(read_decimal(told.available_balance, told.currency))
    except (msgspec.MsgspecError, RecursionError, AmountNotRepresentable):
        raise OutcomeUnknown("unreadable_answer", f"the balance of {product}") from None


def check(api: MomoApi, products: Sequence[Product]) -> CredentialsCheck:
    """Ask for a token of each product: the one call that changes nothing and needs everything."""
    try:
        for product in products:
            answer = api.ask_token(product)
            if answer.status in (400, 401, 403):
                return CredentialsCheck(False, f"MTN refused a token for {product} (HTTP {answer.status}).")
            if read_token(answer) is None:
                return CredentialsCheck(None, f"MTN gave no token for {product} (HTTP {answer.status}).")
    except NoAnswer as failure:
        works = False if failure.reason == "credentials_unusable" else None
        return CredentialsCheck(works, failure.detail or failure.reason)
    return CredentialsCheck(True, f"MTN gave a token for {' and '.join(products)}.")
