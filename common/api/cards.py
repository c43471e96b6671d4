"""Card numbers and security codes never come in: found in any text of a body, they are refused and not repeated."""

import re
import unicodedata

from common.api.fields import Steps, path_of
from common.errors import Invalid

_SHORTEST = 13
_LONGEST = 19
# Thirteen digits or more, apart by at most two of what people and forms put between groups. A hexadecimal digit beside
# them means an id of ours or of a gateway, a plus in front means a telephone.
_BETWEEN = "[ \\-./_\u2010-\u2015\u2212]"
_RUN = re.compile(rf"(?<![0-9A-Fa-f+])[0-9](?:{_BETWEEN}{{0,2}}[0-9]){{12,}}(?![0-9A-Fa-f])")
_SPLIT = re.compile(f"{_BETWEEN}+")
_ISSUERS = re.compile(
    r"4(?:.{12}|.{15}|.{18})"  # Visa
    r"|(?:5[1-5]|2[2-7]).{14}"  # Mastercard, Mir
    r"|3[47].{13}"  # American Express
    r"|3(?:0[0-5]|[689].).{11,16}"  # Diners Club
    r"|35(?:2[89]|[3-8].).{12,15}"  # JCB
    r"|6(?:011|4[4-9].|5..|2..|0..|3[0-9].|7[0-9].|8..).{9,15}"  # Discover, UnionPay, RuPay, Maestro
    r"|50.{11,17}|5[6-8].{11,17}"  # Verve, Maestro
    r"|81.{14,17}"  # RuPay, UnionPay
)
_SECURITY_CODE_NAME = re.compile(
    r"(?:card[ _-]?)?(?:cvv|cvc)2?|(?:card[ _-]?)?security[ _-]?code|card[ _-]?number", re.IGNORECASE
)

_SECURITY_CODE_INITIALS = "cCsS"
_GROUPS_OF_ONE_CARD = 24
_GROUPS_USUAL = 6
_DOUBLED = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))
# Raw JSON with all digits as one, letters as small ones and nothing between groups, and what to look for in it.
# Whatever is not ASCII may stand between groups: spaces that do not break, dashes.
_SEPARATORS = b" -./_\\" + bytes(range(128, 256))
_WIDE_DIGITS = "\uff10".encode()[:2]
_FOLDED = bytes(ord("0") if chr(byte).isdigit() and byte < 128 else byte for byte in bytes(range(256)).lower())
_SIGNS = (b"0" * _SHORTEST, b"cvv", b"cvc", b"securitycode", b"cardnumber")


class CardNumberRefused(Invalid):
    code = "CARD_NUMBER_REFUSED"


def refuse_card_numbers(data: object) -> None:
    path = find_card_number(data)
    if path is not None:
        raise CardNumberRefused(
            "Card data must not be sent to this service: use the gateway's own form. Nothing was kept.",
            details=[{"field": path, "message": "looks like a card number or security code"}],
        )


def find_card_number(data: object) -> str | None:
    """Where the first card number or security code stands, or None. Looks at all texts and keys."""
    steps = _steps_to_card_data(data)
    return None if steps is None else path_of(steps)


def may_hold_card_data(body: bytes) -> bool:
    """A quick look at raw JSON, which may be wrong only by saying yes: most bodies need no second look."""
    if b"\\u" in body or _WIDE_DIGITS in body:
        return True
    squeezed = body.translate(_FOLDED, _SEPARATORS)
    return any(sign in squeezed for sign in _SIGNS)


def _steps_to_card_data(data: object) -> Steps | None:
    if isinstance(data, str):
        return () if len(data) >= _SHORTEST and _has_card_number(data) else None
    if isinstance(data, dict):
        return _steps_in_members(data)
    if isinstance(data, list):
        for index, entry in enumerate(data):
            steps = _steps_to_card_data(entry)
            if steps is not None:
                return (index, *steps)
    return None


def _steps_in_members(data: dict[str, object]) -> Steps | None:
    for key, value in data.items():
        if key[:1] in _SECURITY_CODE_INITIALS and _SECURITY_CODE_NAME.fullmatch(key):
            return (key,)
        if len(key) >= _SHORTEST and _has_card_number(key):
            return (key,)
        steps = _steps_to_card_data(value)
        if steps is not None:
            return (key, *steps)
    return None


def _has_card_number(text: str) -> bool:
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return any(_run_has_card_number(run.group()) for run in _RUN.finditer(plain))


def _run_has_card_number(run: str) -> bool:
    """Whether neighbouring groups of the run make a card number: a date or a code may stand before or after it."""
    groups = _SPLIT.split(run)
    # A card pasted digit by digit, with its date and code, has some twenty groups. A text of thousands is not searched
    # for that: it would cost seconds.
    reach = _LONGEST if len(groups) <= _GROUPS_OF_ONE_CARD else _GROUPS_USUAL
    for start in range(len(groups)):
        digits = ""
        for group in groups[start : start + reach]:
            digits += group
            if len(digits) > _LONGEST:
                break
            if len(digits) >= _SHORTEST and _ISSUERS.fullmatch(digits) and _passes_luhn(digits):
                return True
    return False


def _passes_luhn(digits: str) -> bool:
    return (sum(map(int, digits[-1::-2])) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))) % 10 == 0
