"""The reference a payer writes on a transfer: ISO 11649 (`RF`, two check digits, our own characters).

Made from our reference alone, so that the same charge always asks for the same text. Payers retype it: it has no 0, O,
1 or I of its own, and it is found again in whatever a bank or a person made of it.
"""

import hashlib
import re

# 80 bits: two charges that share a reference are not to be expected, and the database would refuse the second.
_OWN_LENGTH = 16
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_WHOLE = re.compile(rf"RF([0-9]{{2}})([{_ALPHABET}]{{{_OWN_LENGTH}}})")
# Anywhere, also inside other text, and overlapping: banks drop the blanks between words.
_ANYWHERE = re.compile(rf"(?=RF([0-9OIL]{{2}})([{_ALPHABET}]{{{_OWN_LENGTH}}}))")
_MISREAD_DIGITS = str.maketrans("OIL", "011")
_NOT_A_CHARACTER = re.compile(r"[^A-Z0-9]")


def reference_for(our_reference: str) -> str:
    """The creditor reference of a charge, without blanks: always the same for the same charge."""
    number = int.from_bytes(hashlib.blake2b(our_reference.encode(), digest_size=10, person=b"rf").digest())
    own = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_OWN_LENGTH))
    return f"RF{_check_digits(own)}{own}"


def is_reference(text: str) -> bool:
    """Of our form, and its check digits are right."""
    found = _WHOLE.fullmatch(text)
    return found is not None and _check_digits(found.group(2)) == found.group(1)


def in_groups(reference: str) -> str:
    """In fours, as people read it."""
    return " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))


def references_in(*texts: str) -> tuple[str, ...]:
    """Every reference of our form that stands in one of the texts, check digits verified, each once."""
    found: dict[str, None] = {}
    for text in texts:
        for digits, own in _ANYWHERE.findall(_NOT_A_CHARACTER.sub("", text.upper())):
            candidate = f"RF{digits.translate(_MISREAD_DIGITS)}{own}"
            if is_reference(candidate):
                found[candidate] = None
    return tuple(found)


def _check_digits(own: str) -> str:
    """ISO 7064 mod 97-10 over the characters followed by `RF00`, letters as 10 to 35."""
    number = int("".join(str(int(character, 36)) for character in f"{own}RF00"))
    return f"{98 - number % 97:02d}"
