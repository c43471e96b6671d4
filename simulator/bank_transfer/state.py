"""What the stand-in bank knows: accounts and every booking on them, flat records that survive a restart."""

from dataclasses import dataclass, field

_NO_DECIMALS = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF"})
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


@dataclass(slots=True)
class AccountRecord:
    """`key` opens the statements; an empty one leaves them open. `opening` is the balance before all bookings."""

    iban: str
    holder: str = ""
    bic: str = ""
    currency: str = "EUR"
    key: str = ""
    opening: int = 0


@dataclass(slots=True)
class Booking:
    """One entry of the bank: `minor` has the account's side. `status` is BOOK, PDNG or INFO."""

    id: str
    iban: str
    minor: int
    currency: str
    day: str
    created: int
    name: str = ""
    other_iban: str = ""
    text: str = ""
    structured: str = ""
    end_to_end: str = ""
    status: str = "BOOK"
    bank_reference: str = ""
    is_reversal: bool = False
    return_reason: str = ""
    returned: str = ""


@dataclass(slots=True)
class Account:
    record: AccountRecord
    bookings: dict[str, Booking] = field(default_factory=dict)

    def booked(self, currency: str, *, first: str = "", last: str = "9999") -> list[Booking]:
        """In the order in which they were booked, both days included."""
        found = [
            booking
            for booking in self.bookings.values()
            if booking.currency == currency and first <= booking.day <= last
        ]
        return sorted(found, key=lambda booking: booking.day)

    def balance_before(self, day: str, *, currency: str) -> int:
        start = self.record.opening if currency == self.record.currency else 0
        return start + sum(
            booking.minor for booking in self.booked(currency) if booking.status == "BOOK" and booking.day < day
        )


def decimals(currency: str) -> int:
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else 2


def plain(minor: int, currency: str) -> str:
    """`13.37`, without a sign: banks state the direction beside the amount."""
    digits, places = str(abs(minor)), decimals(currency)
    digits = digits.rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
