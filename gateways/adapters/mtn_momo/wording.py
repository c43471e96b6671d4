"""What we write for people and for MTN's reports, and the id under which MTN knows our reference."""

import hashlib
import re
import unicodedata
from uuid import UUID

from django.utils.translation import gettext_noop as _

NOTE_LENGTH_MAX = 160
APPROVE_ON_PHONE = _("Approve the payment on your phone: open the message from MTN MoMo and enter your PIN.")

_UNSAFE = re.compile(r"[^A-Za-z0-9 .,-]+")
_SPACES = re.compile(r" {2,}")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def reference_id(reference: str) -> str:
    """The X-Reference-Id: a UUID of version 4 in form, always the same for one reference of ours.

    MTN keys everything by it, and never tells it back: made from the reference, it cannot be lost with an answer.
    """
    return str(UUID(bytes=hashlib.sha256(f"mtn_momo:{reference}".encode()).digest()[:16], version=4))


def is_reference_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def note(text: str, *, otherwise: str) -> str:
    """Text for `payerMessage` and `payeeNote`: plain letters only.

    MTN has been seen to accept a request with an apostrophe or ampersand in it and then not to know it any more.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = _SPACES.sub(" ", _UNSAFE.sub(" ", plain)).strip()
    return plain[:NOTE_LENGTH_MAX].strip() or otherwise
