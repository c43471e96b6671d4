"""Keyset pages: a cursor names the last row seen, so that pages neither repeat nor skip rows while new ones arrive."""

import base64
import binascii
import re

from common.errors import Invalid

_VERSION = b"\x01"
_ID_MAX = 2**63 - 1
_SIZE = re.compile(r"[1-9][0-9]{0,5}")


class InvalidCursor(Invalid):
    code = "INVALID_CURSOR"


def encode_cursor(last_id: int) -> str:
    """Opaque for callers. It holds no secret and grants nothing: the query behind it checks who asks."""
    return base64.urlsafe_b64encode(_VERSION + last_id.to_bytes(8, "big")).decode("ascii")


def decode_cursor(text: str) -> int:
    """The row id inside a cursor that we made; anything else is refused."""
    try:
        last_id = int.from_bytes(base64.urlsafe_b64decode(text.encode("ascii"))[1:], "big")
    except (UnicodeEncodeError, binascii.Error):
        raise _no_cursor() from None
    # Decoding is lenient; writing the cursor again is not.
    if not 0 < last_id <= _ID_MAX or encode_cursor(last_id) != text:
        raise _no_cursor()
    return last_id


def page_size(text: str | None, default: int = 50, maximum: int = 200) -> int:
    """How many rows a caller asks for by `?limit=`."""
    if text is None:
        return default
    if not _SIZE.fullmatch(text) or int(text) > maximum:
        raise Invalid(
            f"The page size is a whole number from 1 to {maximum}.",
            details=[{"field": "limit", "message": f"a whole number from 1 to {maximum}"}],
        )
    return int(text)


def _no_cursor() -> InvalidCursor:
    return InvalidCursor(
        "The cursor is not one that this service gave: start again without it.",
        details=[{"field": "cursor", "message": "not a cursor of this service"}],
    )
