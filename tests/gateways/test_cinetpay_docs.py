"""What the page about CinetPay says of codes is what the adapter has."""

import re
from pathlib import Path

from gateways.adapters.cinetpay.check import _ENDS, _WAITING
from gateways.adapters.cinetpay.error_table import TRANSFER, TRANSFER_REFUSALS
from gateways.adapters.cinetpay.transfer_answers import STATES

PAGE = (Path(__file__).resolve().parents[2] / "docs/gateways/cinetpay.md").read_text("utf-8")


def _codes(text: str) -> set[str]:
    """`602`, `807`–`812`: every number that is named or lies between two."""
    found = set(re.findall(r"`(\d{3,4})`", text))
    for first, last in re.findall(r"`(\d{3})`–`(\d{3})`", text):
        found |= {str(code) for code in range(int(first), int(last) + 1)}
    return found


def _row(start: str) -> str:
    return next(line for line in PAGE.splitlines() if line.startswith(start))


def test_every_refusal_of_a_payment_is_on_the_page() -> None:
    declined = {code for (code, _), outcome in _ENDS.items() if outcome == "declined"}

    assert _codes(_row("| `600`")) == declined
    assert {code for code, _ in _WAITING} <= _codes(PAGE)


def test_every_refusal_of_a_transfer_is_on_the_page() -> None:
    refused = {code.removeprefix(TRANSFER) for code in TRANSFER_REFUSALS}

    assert _codes(_row("| sent and refused with").partition("declined")[0]) == refused
    assert {status for status in STATES if f"`{status}`" not in PAGE} == set()
