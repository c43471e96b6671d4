"""Who may call and what a body must hold: the checks that MTN makes before it looks at money."""

import base64
import binascii
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import orjson

from simulator.gateway import Call
from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.errors import at_the_door, bad_request, refused, wrong_agent
from simulator.mtn_momo.state import AccountRecord, decimals
from simulator.wire import Json, Request

NOTE_LENGTH_MAX = 160
_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?")
_MSISDN = re.compile(r"[1-9][0-9]{7,14}")
_PARTY_TYPES = ("MSISDN", "EMAIL", "PARTY_CODE")


@dataclass(frozen=True, slots=True)
class Order:
    """A body that holds what it must."""

    amount: int
    currency: str
    external_id: str
    payer_message: str
    payee_note: str
    party_type: str = ""
    party: str = ""
    about: str = ""


def account_of(request: Request, accounts: Accounts, *, product: str) -> AccountRecord:
    """By the subscription key, which every call bears. Raises MomoError."""
    found = accounts.of_key(request.headers.get("ocp-apim-subscription-key", ""))
    if found is None or found[1] != product:
        raise at_the_door(401, "Access denied due to an invalid subscription key for this product.")
    account = found[0]
    if account.platform == "new" and "python-requests" in request.headers.get("user-agent", ""):
        raise wrong_agent()
    return account


def signed_in(call: Call, accounts: Accounts, *, product: str) -> AccountRecord:
    """The account whose token the call bears, in its own target environment. Raises MomoError."""
    headers = call.request.headers
    account = account_of(call.request, accounts, product=product)
    scheme, _, text = headers.get("authorization", "").partition(" ")
    token = accounts.tokens.get(text.strip())
    is_good = scheme.lower() == "bearer" and token is not None and token.expires > time.time()
    if not is_good or token is None or account.is_revoked:
        raise at_the_door(401, "The access token is missing, unknown or has ended.")
    if token.account != account.id or token.product != product:
        raise at_the_door(401, "The access token is of another account or product.")
    environment = headers.get("x-target-environment", "")
    if not environment:
        raise bad_request()
    if environment != account.environment:
        raise refused("NOT_ALLOWED_TARGET_ENVIRONMENT")
    return account


def basic_pair(request: Request) -> tuple[str, str]:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        user, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise at_the_door(401, "The Authorization header cannot be read.") from None
    if scheme.lower() != "basic" or not colon:
        raise at_the_door(401, "The Authorization header is not Basic.")
    return user, secret


def reference_id_of(request: Request) -> str:
    text = request.headers.get("x-reference-id", "")
    if _UUID4.fullmatch(text) is None:
        raise bad_request()
    return text.lower()


def callback_url_of(request: Request, account: AccountRecord) -> str:
    """Empty when the header is not there at all; there and empty is an error."""
    if "x-callback-url" not in request.headers:
        return ""
    url = request.headers["x-callback-url"]
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in (("http", "https") if account.is_sandbox else ("https",)):
        raise bad_request()
    if parts.hostname != account.callback_host:
        raise refused("INVALID_CALLBACK_URL_HOST")
    return url


def body_of(request: Request) -> Json:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise bad_request()
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise bad_request() from None
    if not isinstance(body, dict):
        raise bad_request()
    return body


def order_in(body: Json, account: AccountRecord, *, party: str = "") -> Order:
    """`party` names the side whose account must be given, `payer` or `payee`. Raises MomoError."""
    currency = _text(body, "currency")
    if currency not in account.currencies:
        raise refused("INVALID_CURRENCY")
    notes = [_text(body, name, is_required=False) for name in ("payerMessage", "payeeNote")]
    if any(len(note) > NOTE_LENGTH_MAX for note in notes):
        raise bad_request()
    party_type, number = _party(body, party) if party else ("", "")
    return Order(
        amount=_amount(_text(body, "amount"), currency=currency),
        currency=currency,
        external_id=_text(body, "externalId"),
        payer_message=notes[0],
        payee_note=notes[1],
        party_type=party_type,
        party=number,
        about="" if party else _text(body, "referenceIdToRefund"),
    )


def _amount(text: str, *, currency: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None or len(match.group(2) or "") > decimals(currency):
        raise bad_request()
    minor = int(Decimal(text).scaleb(decimals(currency)))
    if not minor:
        raise bad_request()
    return minor


def _party(body: Json, side: str) -> tuple[str, str]:
    party: Any = body.get(side)
    if not isinstance(party, dict):
        raise bad_request()
    party_type, number = _text(party, "partyIdType"), _text(party, "partyId")
    if party_type not in _PARTY_TYPES or (party_type == "MSISDN" and _MSISDN.fullmatch(number) is None):
        raise bad_request()
    return party_type, number


def _text(body: Mapping[str, Any], name: str, *, is_required: bool = True) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or (is_required and not value):
        raise bad_request()
    return value
