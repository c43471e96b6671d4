"""What the bank does and refuses: it checks account numbers and amounts, and books whatever text a payer writes."""

import re
from datetime import UTC, date, datetime

from simulator.bank_transfer.state import Account, AccountRecord, Booking, decimals
from simulator.wire import Json
from simulator.world import World

TEXT_MAX = 140
NAME_MAX = 70
_AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,3}))?")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CHARACTERS = re.compile(r"[A-Za-z0-9/\-?:().,'+ À-ÿ]*")
_STATUSES = frozenset({"BOOK", "PDNG", "INFO"})
PAYER_IBAN = "FR1420041010050500013M02606"


class Refused(ValueError):
    """The bank does not carry this out, and says why."""


class Bank:
    def __init__(self, world: World) -> None:
        self._world = world
        self._accounts: dict[str, Account] = {}

    def all(self) -> list[Account]:
        return list(self._accounts.values())

    def account(self, iban: str) -> Account:
        """Raises Refused when nobody has it here."""
        found = self._accounts.get(compact(iban))
        if found is None:
            raise Refused("No account with this IBAN is held at this bank.")
        return found

    def booking(self, booking_id: str) -> tuple[Account, Booking]:
        for account in self._accounts.values():
            if booking_id in account.bookings:
                return account, account.bookings[booking_id]
        raise Refused(f"There is no transfer {booking_id}.")

    def open(self, wanted: Json) -> Account:
        """Open an account, or change one that exists."""
        iban = checked_iban(str(wanted.get("iban", "")))
        account = self._accounts.setdefault(iban, Account(AccountRecord(iban)))
        for name in ("holder", "bic", "currency", "key"):
            if name in wanted:
                setattr(account.record, name, str(wanted[name]))
        if "opening" in wanted:
            account.record.opening = minor_of(str(wanted["opening"]), account.record.currency)
        self._world.store.keep(kind="bank_transfer.account", key=iban, record=account.record)
        return account

    def transfer(self, wanted: Json) -> Booking:
        """Money comes, or with {"out": true} goes. Raises Refused for what a bank's form would not take."""
        account = self.account(str(wanted.get("iban", "")))
        currency = str(wanted.get("currency") or account.record.currency).upper()
        minor = minor_of(str(wanted.get("amount", "")), currency)
        text, name = str(wanted.get("reference", "")), str(wanted.get("name") or "Test Payer")
        status = str(wanted.get("status") or "BOOK")
        if not minor or status not in _STATUSES or not re.fullmatch(r"[A-Z]{3}", currency):
            raise Refused("A transfer has an amount above zero, a currency of three letters, and a status of the bank.")
        if len(text) > TEXT_MAX or len(name) > NAME_MAX or not _CHARACTERS.fullmatch(text + name):
            raise Refused(f"The text has at most {TEXT_MAX} and the name {NAME_MAX} of the letters that banks take.")
        booking = Booking(
            id=f"TR{self._world.token(length=14).upper()}",
            iban=account.record.iban,
            minor=-minor if wanted.get("out") else minor,
            currency=currency,
            day=_day(str(wanted.get("day") or self.today())),
            created=self._world.now(),
            name=name,
            other_iban=compact(str(wanted.get("from_iban") or PAYER_IBAN)),
            text=text,
            structured=compact(str(wanted.get("structured", ""))),
            end_to_end=str(wanted.get("end_to_end", ""))[:35],
            status=status,
            bank_reference="" if wanted.get("without_bank_reference") else f"BK{self._world.token(length=12).upper()}",
        )
        return self.keep(booking)

    def send_back(self, booking: Booking, *, reason: str, day: str = "") -> Booking:
        """The bank takes a booking back: a new entry the other way round, once."""
        if booking.returned or booking.is_reversal or booking.status != "BOOK":
            raise Refused("Only a booked transfer can be sent back, and only once.")
        back = Booking(
            id=f"TR{self._world.token(length=14).upper()}",
            iban=booking.iban,
            minor=-booking.minor,
            currency=booking.currency,
            day=_day(day or self.today()),
            created=self._world.now(),
            name=booking.name,
            other_iban=booking.other_iban,
            text=f"RETURN {booking.text}"[:TEXT_MAX],
            structured=booking.structured,
            end_to_end=booking.end_to_end,
            bank_reference=f"BK{self._world.token(length=12).upper()}",
            is_reversal=True,
            return_reason=reason,
        )
        booking.returned = back.id
        self.keep(booking)
        return self.keep(back)

    def book(self, booking: Booking) -> Booking:
        """What was only announced is booked now."""
        if booking.status != "PDNG":
            raise Refused("Only a pending transfer is still to be booked.")
        booking.status = "BOOK"
        return self.keep(booking)

    def keep(self, booking: Booking) -> Booking:
        self._accounts[booking.iban].bookings[booking.id] = booking
        self._world.store.keep(kind="bank_transfer.booking", key=booking.id, record=booking)
        return booking

    def restore(self, *, kind: str, record: Json) -> None:
        if kind == "account":
            self._accounts[record["iban"]] = Account(AccountRecord(**record))
        else:
            self._accounts[record["iban"]].bookings[record["id"]] = Booking(**record)

    def clear(self) -> None:
        self._accounts.clear()

    def today(self) -> str:
        return datetime.fromtimestamp(self._world.now(), UTC).date().isoformat()


def compact(text: str) -> str:
    return "".join(text.split()).upper()


def checked_iban(text: str) -> str:
    """Raises Refused when its form or its check digits are wrong."""
    iban = compact(text)
    if not _IBAN.fullmatch(iban) or int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 != 1:
        raise Refused("This is not an IBAN.")
    return iban


def minor_of(text: str, currency: str) -> int:
    """`13.37` or `13,37`, with the currency's decimals or none."""
    found = _AMOUNT.fullmatch(text.strip())
    places = decimals(currency)
    if found is None or (found.group(2) is not None and len(found.group(2)) != places):
        raise Refused(f"An amount in {currency} is written with digits and {places} decimals.")
    return int(found.group(1) + (found.group(2) or "0" * places))


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise Refused("A day is written as 2026-11-21.") from None
