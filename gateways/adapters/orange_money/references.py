"""Our reference as Orange carries it: an order number of at most 30 characters, and a notification address with it.

The notifications say neither order nor amount, so the address they go to has to say whose they are.
"""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from gateways.errors import NotSent

ORDER_ID_LENGTH_MAX = 30
ADDRESS_LENGTH_MAX = 120

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SHORT_LENGTH = 22
_OURS = re.compile(r"([a-z]{3})_([0-9a-f]{32})")
_SHORTENED = re.compile(rf"([a-z]{{3}})-([0-9A-Za-z]{{{_SHORT_LENGTH}}})")
_PLAIN = re.compile(rf"[A-Za-z0-9_-]{{1,{ORDER_ID_LENGTH_MAX}}}")
_QUERY_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True)
class Told:
    """What the address of a notification says. `reference` is empty where only a digest of it could travel."""

    order_id: str
    reference: str
    is_payout: bool


def order_id_of(reference: str) -> str:
    """The same for the same reference, for all time. Our own ids are written with 62 digits and can be read back."""
    ours = _OURS.fullmatch(reference)
    if ours is not None:
        return f"{ours.group(1)}-{_in_base_62(int(ours.group(2), 16))}"
    if _PLAIN.fullmatch(reference) and not _SHORTENED.fullmatch(reference):
        return reference
    return f"x-{hashlib.sha256(reference.encode()).hexdigest()[: ORDER_ID_LENGTH_MAX - 2]}"


def reference_of(order_id: str) -> str:
    """The reference behind an order number, or an empty text where it was a digest or is none of ours."""
    short = _SHORTENED.fullmatch(order_id)
    number = _from_base_62(short.group(2)) if short else 0
    candidate = f"{short.group(1)}_{number:032x}" if short else order_id
    return candidate if order_id_of(candidate) == order_id else ""


def notification_address(webhook_url: str, *, reference: str, is_payout: bool = False) -> str:
    """Our address with the reference in its query, or the order number where that would be too long for Orange."""
    joint = "&" if "?" in webhook_url else "?"
    purpose = "&of=payout" if is_payout else ""
    for told in (f"reference={quote(reference)}", f"order={order_id_of(reference)}"):
        address = f"{webhook_url}{joint}{told}{purpose}"
        if len(address) <= ADDRESS_LENGTH_MAX:
            return checked_address(address, name="webhook_url")
    raise NotSent("address_unusable", "webhook_url is too long: with the order number it has more than 120 characters")


def checked_address(address: str, *, name: str) -> str:
    if not address.startswith(("https://", "http://")) or len(address) > ADDRESS_LENGTH_MAX:
        raise NotSent("address_unusable", f"{name} is missing or has more than {ADDRESS_LENGTH_MAX} characters")
    return address


def read_query(query: str) -> Told | None:
    """What a notification's address says, or None where it does not name exactly one order."""
    if len(query) > _QUERY_LENGTH_MAX:
        return None
    values = parse_qs(query, max_num_fields=20)
    named = values.get("reference", []) + values.get("order", [])
    if len(named) != 1:
        return None
    is_full = "reference" in values
    order_id = order_id_of(named[0]) if is_full else named[0]
    return Told(order_id, named[0] if is_full else reference_of(order_id), values.get("of") == ["payout"])


def _in_base_62(number: int) -> str:
    digits = []
    for _ in range(_SHORT_LENGTH):
        number, digit = divmod(number, 62)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))


def _from_base_62(text: str) -> int:
    number = 0
    for digit in text:
        number = number * 62 + _DIGITS.index(digit)
    return number
