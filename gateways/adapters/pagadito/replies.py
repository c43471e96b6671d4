"""What comes back from Pagadito, the same for both transports: a code, a message, and a value that may be anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import msgspec

from gateways.http import HttpAnswer

CONNECTED, CREATED, STATUS_TOLD, RATE_TOLD = "PG1001", "PG1002", "PG1003", "PG1004"
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class _Envelope(msgspec.Struct, frozen=True):
    code: str
    message: str | None = None
    value: msgspec.Raw = msgspec.Raw(b"null")
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Created(msgspec.Struct, frozen=True):
    url: str = ""
    token: str = ""


class AmountTold(msgspec.Struct, frozen=True):
    total: msgspec.Raw = msgspec.Raw(b"null")
    currency: str = ""


class StatusTold(msgspec.Struct, frozen=True):
    """`reference` is Pagadito's approval number. Official replies have no `ern` and no `amount`; some are said to."""

    status: str
    reference: str | None = None
    date_trans: str | None = None
    ern: str = ""
    amount: msgspec.Raw = msgspec.Raw(b"null")

    def amount_told(self) -> AmountTold | None:
        """None where no amount was stated. A bare number is one in an unnamed currency."""
        if bytes(self.amount) == b"null":
            return None
        try:
            return msgspec.json.decode(self.amount, type=AmountTold)
        except msgspec.MsgspecError:
            return AmountTold(total=self.amount)


@dataclass(frozen=True, slots=True)
class Reply:
    """`value` is JSON: the `data` of Connect, else the `value` of APIPG."""

    http_status: int
    code: str
    message: str
    value: bytes

    def text(self) -> str:
        """The value where it is plain text; empty where it is not."""
        try:
            return msgspec.json.decode(self.value, type=str)
        except _UNREADABLE:
            return ""


def read_reply(answer: HttpAnswer) -> Reply | None:
    """None for whatever is not a reply of Pagadito's: empty, HTML, torn, a server's error."""
    if not 200 <= answer.status < 500 or 300 <= answer.status < 400:
        return None
    try:
        envelope = _read_envelope(answer.body)
    except _UNREADABLE:
        return None
    value = envelope.data if bytes(envelope.data) != b"null" else envelope.value
    return Reply(answer.status, envelope.code, envelope.message or "", bytes(value))


def read_created(reply: Reply, *, decode: bool) -> tuple[str, str]:
    """The page's address and the transaction's token, which only Connect tells. `decode`: percent-encoding, once."""
    text = reply.text()
    if text and not text.startswith("{"):
        return (unquote(text) if decode else text), ""
    try:
        created = msgspec.json.decode(text or reply.value, type=_Created)
    except _UNREADABLE:
        return "", ""
    return (unquote(created.url) if decode else created.url), created.token


def read_status(reply: Reply) -> StatusTold | None:
    """The value is an object, or the text of one."""
    try:
        return _read_status(reply.text() or reply.value)
    except _UNREADABLE:
        return None


def raw_reply(reply: Reply) -> Mapping[str, str]:
    return {"code": reply.code, "message": reply.message[:200]}


_read_envelope = msgspec.json.Decoder(_Envelope).decode
_read_status = msgspec.json.Decoder(StatusTold).decode
