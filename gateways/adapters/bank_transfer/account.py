"""Whose bank account the payer is sent to: IBAN, BIC and holder, checked before a payer ever sees them."""

import re
import unicodedata
from dataclasses import dataclass

import schwifty
from django.utils.translation import gettext_noop as _
from schwifty.exceptions import SchwiftyException

from gateways.contract import CredentialField, Credentials

CREDENTIALS = (
    CredentialField("iban", _("IBAN of the account that receives transfers"), is_secret=False, is_fixed=True),
    CredentialField("holder", _("Name of the account's holder, at most 70 characters"), is_secret=False, is_fixed=True),
    CredentialField("bic", _("BIC of the bank"), is_required=False, is_secret=False, is_fixed=True),
    CredentialField("bank_name", _("Name of the bank"), is_required=False, is_secret=False, is_fixed=True),
    CredentialField("csv_profile", _("Columns of the bank's CSV files, as JSON"), is_required=False, is_secret=False),
)
_NAME_MAX = 70
_SEPA_CHARACTERS = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")


class AccountUnusable(ValueError):
    """The account's details would send money astray. The message names the field, never the value."""


@dataclass(frozen=True, slots=True)
class BankAccount:
    iban: str
    bic: str
    holder: str
    bank_name: str


def bank_account(credentials: Credentials) -> BankAccount:
    """Raises AccountUnusable."""
    return BankAccount(
        iban=_iban(credentials.get("iban")),
        bic=_bic(credentials.get("bic")),
        holder=_name(credentials.get("holder"), field="holder"),
        bank_name=_name(credentials.get("bank_name"), field="bank_name") if credentials.get("bank_name") else "",
    )


def sepa_text(text: str) -> str:
    """In the characters every bank takes: accents go, blanks are single. What has no such form stays as it is."""
    letters = unicodedata.normalize("NFKD", text)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


def compact(text: str) -> str:
    """An account number as it is compared: upper case, without blanks."""
    return "".join(text.split()).upper()


def _iban(text: str) -> str:
    try:
        return schwifty.IBAN(text).compact
    except SchwiftyException as wrong:
        raise AccountUnusable(f"iban: {_kind(wrong)}") from None


def _bic(text: str) -> str:
    if not text:
        return ""
    try:
        return schwifty.BIC(text).compact
    except SchwiftyException as wrong:
        raise AccountUnusable(f"bic: {_kind(wrong)}") from None


def _name(text: str, *, field: str) -> str:
    name = sepa_text(text)
    if not name or len(name) > _NAME_MAX or not _SEPA_CHARACTERS.fullmatch(name):
        raise AccountUnusable(f"{field}: 1 to {_NAME_MAX} letters, digits and / - ? : ( ) . , ' + as banks take them")
    return name


def _kind(wrong: SchwiftyException) -> str:
    """`InvalidChecksumDigits` as words; the library's own message repeats the value."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", type(wrong).__name__).lower()
