"""The ids we give CinetPay, and how it wants telephone numbers and names."""

import hashlib
import re
from dataclasses import dataclass

from gateways.errors import NotSent

# Both generations take these; the second takes no more than thirty characters.
_FITS = re.compile(r"[A-Za-z0-9-]{1,30}")
_DIGEST_BYTES = 15
_DIGITS = re.compile(r"[0-9]{8,15}")
_PREFIX_LENGTH = 3
_NAME_LENGTH_MAX = 255

COUNTRY_OF_PREFIX = {
    "221": "SN",
    "223": "ML",
    "224": "GN",
    "225": "CI",
    "226": "BF",
    "227": "NE",
    "228": "TG",
    "229": "BJ",
    "237": "CM",
    "243": "CD",
}


def transaction_id(reference: str) -> str:
    """Our reference where it fits, else thirty characters made from it: always the same for the same reference."""
    if _FITS.fullmatch(reference):
        return reference
    return hashlib.blake2b(reference.encode(), digest_size=_DIGEST_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Phone:
    """A number with its country's prefix and the rest, as CinetPay keeps them apart."""

    prefix: str
    local: str

    @property
    def international(self) -> str:
        return f"+{self.prefix}{self.local}"

    def __repr__(self) -> str:
        return f"Phone(+{self.prefix}…)"


def digits_of(phone: str) -> str:
    """The digits of a number with its country's prefix; empty where it is not one."""
    digits = re.sub(r"[\s().-]", "", phone).removeprefix("+").removeprefix("00")
    return digits if _DIGITS.fullmatch(digits) else ""


def read_phone(text: str) -> Phone:
    """Raises NotSent: a number without the prefix of a country that CinetPay serves reaches nobody."""
    digits = digits_of(text)
    if digits[:_PREFIX_LENGTH] not in COUNTRY_OF_PREFIX:
        raise NotSent("phone_unusable", "the number must begin with the prefix of a country that CinetPay serves")
    return Phone(digits[:_PREFIX_LENGTH], digits[_PREFIX_LENGTH:])


def split_name(name: str) -> tuple[str, str]:
    """First and last name; a name of one word stands for both."""
    words = name.split()
    if not words:
        return "", ""
    first, last = words[0], " ".join(words[1:]) or words[0]
    return first[:_NAME_LENGTH_MAX], last[:_NAME_LENGTH_MAX]
