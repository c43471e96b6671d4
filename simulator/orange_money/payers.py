"""Test values: what becomes of a payment is in the last four digits of the number, or in the code that is typed."""

from dataclasses import dataclass

WRONG_CODE = "0000"


@dataclass(frozen=True, slots=True)
class Fate:
    """How a payment of this number ends, and the refusal codes that Cameroon and Sonatel give for it."""

    status: str
    cameroon: str = ""
    sonatel: str = ""
    text: str = ""


PAYS = Fate("SUCCESS")
FATES = {
    "0019": Fate("FAILED", "60019", "2021", "too little money"),
    "0051": Fate("FAILED", "99051", "2001", "no wallet"),
    "0671": Fate("FAILED", "00671", "2001", "not a number of Orange"),
    "0417": Fate("FAILED", "60019", "2024", "refused by HTTP 417 in Cameroon; a ceiling at Sonatel"),
    "0007": Fate("PENDING", text="stays pending until the control API settles it"),
}


def fate_of(number: str, *, code: str = "") -> Fate:
    if code == WRONG_CODE:
        return Fate("FAILED", "00068", "4099", "wrong code")
    return FATES.get(number[-4:], PAYS)
