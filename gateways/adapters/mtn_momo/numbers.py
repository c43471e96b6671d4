"""Phone numbers as MTN wants them: digits with the country code, no plus, no zero in front. Never guessed at."""

import re

from gateways.adapters.mtn_momo.environments import SANDBOX, Environment

_WRITTEN = re.compile(r"\+?[0-9(][0-9 ().\-/]*")
_SEPARATORS = re.compile(r"[ ().\-/]")
_LENGTHS_OF_ANY = range(8, 16)
_BENIN = "BJ"
# Since 30 November 2024 every number of Benin has these two digits before its former eight.
_BENIN_PREFIX = "01"


class NumberUnusable(ValueError):
    """Not a phone number of the country that the account serves. Says why without the number."""


def msisdn(text: str, *, environment: Environment, benin_digits: int = 10) -> str:
    """`+225 07 00 00 00 00` becomes `2250700000000`; a national number gets the country code of the environment."""
    digits, is_international = _digits(text)
    if environment.name == SANDBOX:
        if len(digits) not in _LENGTHS_OF_ANY or digits.startswith("0"):
            raise NumberUnusable("a number needs its country code and 8 to 15 digits")
        return digits
    return environment.calling_code + _national(digits, environment, is_international, benin_digits)


def _digits(text: str) -> tuple[str, bool]:
    text = text.strip()
    if not text.isascii() or _WRITTEN.fullmatch(text) is None:
        raise NumberUnusable("not written as a phone number")
    digits = _SEPARATORS.sub("", text)
    if digits.startswith("+"):
        return digits[1:], True
    # Two zeros are how a country code is dialled.
    return (digits[2:], True) if digits.startswith("00") else (digits, False)


def _national(digits: str, environment: Environment, is_international: bool, benin_digits: int) -> str:
    code = environment.calling_code
    candidates = [digits[len(code) :]] if digits.startswith(code) else []
    if not is_international:
        candidates.append(digits)
    for candidate in candidates:
        number = candidate.removeprefix("0") if environment.has_trunk_zero else candidate
        if environment.country == _BENIN:
            number = _of_benin(number, digits_wanted=benin_digits)
        elif len(number) not in environment.lengths:
            continue
        if number:
            return number
    raise NumberUnusable(f"not a number of {environment.country}")


def _of_benin(number: str, *, digits_wanted: int) -> str:
    """The eight digits that never changed, with or without the prefix; empty when they are not there."""
    eight = number.removeprefix(_BENIN_PREFIX) if len(number) == 10 else number
    if len(eight) != 8:
        return ""
    return eight if digits_wanted == 8 else _BENIN_PREFIX + eight
