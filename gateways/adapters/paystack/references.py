"""How our references travel. Paystack takes no underscore in a transaction's and no capital in a transfer's.

An underscore becomes a point and back again. A reference that holds a point itself is refused, so that no two of ours
ever become one of Paystack's.
"""

import re

from gateways.errors import NotSent, Reason

LENGTH_MAX = 50
_TRANSACTION = re.compile(rf"[A-Za-z0-9.=-]{{1,{LENGTH_MAX}}}")
_TRANSFER = re.compile(rf"[a-z0-9_-]{{16,{LENGTH_MAX}}}")


def of_transaction(reference: str) -> str:
    """As Paystack has it. Raises NotSent when Paystack would not take it."""
    wire = reference.replace("_", ".")
    if "." in reference or _TRANSACTION.fullmatch(wire) is None:
        raise NotSent(Reason.INVALID_REQUEST, "Paystack does not take this reference for a payment")
    return wire


def of_transfer(reference: str) -> str:
    """As Paystack has it. Raises NotSent when Paystack would not take it."""
    if _TRANSFER.fullmatch(reference) is None:
        raise NotSent(Reason.INVALID_REQUEST, "Paystack wants 16 to 50 small letters, digits, - or _ for a transfer")
    return reference


def ours(wire: str) -> str:
    """Our reference of a transaction of ours."""
    return wire.replace(".", "_")
