"""Which reader a bank's file gets, and which of its statements are about our account. What is doubtful is refused."""

from gateways.adapters.bank_transfer import camt, csv_statement
from gateways.adapters.bank_transfer.account import compact
from gateways.adapters.bank_transfer.keys import with_keys
from gateways.statements import Statement, StatementRefused

BYTES_MAX = 20 * 1024 * 1024
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(body: bytes, *, iban: str, csv_profile: str) -> tuple[Statement, ...]:
    """The statements about this account. Raises StatementRefused, also when there is none."""
    if not body.strip() or len(body) > BYTES_MAX:
        raise StatementRefused(f"A statement has between 1 byte and {BYTES_MAX // 1024**2} MB, this has {len(body)}.")
    if body.startswith(_PACKED):
        raise StatementRefused("The file is packed. Unpack it and import the statements themselves.")
    if _is_xml(body):
        found = tuple(statement for statement in camt.read(body) if _is_ours(statement.account, iban=iban))
        if not found:
            raise StatementRefused("No statement in the file is about this account.")
    else:
        found = (csv_statement.read(body, profile=csv_profile, account=iban),)
    return tuple(with_keys(statement) for statement in found)


def _is_xml(body: bytes) -> bool:
    for mark in _BYTE_ORDER_MARKS:
        body = body.removeprefix(mark)
    return body.lstrip(b" \t\r\n\x00").startswith(b"<")


def _is_ours(account: str, *, iban: str) -> bool:
    """Some banks name the account by what an IBAN carries after its country and check digits."""
    told = compact(account)
    return bool(told) and told in (iban, iban[4:])
