"""What the page about each gateway says it can do, and which credentials it wants, is what its adapter has."""

import re
from pathlib import Path

import pytest

from gateways.adapters.orange_money.gateway import FLAVOURS
from gateways.registry import ADAPTERS, PROFILES, capabilities, capabilities_of

PAGES = Path(__file__).resolve().parents[2] / "docs/gateways"
# The first column of the table "What it can do here" -> the capability that `manage.py gateways` lists.
WORDS = {
    "charge": "charge",
    "ask": "look_up",
    "collect": "collect",
    "authorize": "authorize",
    "cancel": "cancel",
    "refund": "refund",
    "pay out": "payout",
    "customers": "customers",
    "balance": "balance",
    "settlements": "settlements",
    "disputes": "disputes",
    "check credentials": "check_credentials",
    "webhooks": "webhooks",
    "statements": "statements",
}
NOTHING = "–"


def rows_of(code: str) -> list[list[str]]:
    """The cells of the table of roles, its two head lines left out."""
    page = (PAGES / f"{code}.md").read_text("utf-8")
    section = re.split(r"^## What (?:it|each) can do here$", page, flags=re.M)[1].partition("\n## ")[0]
    table = re.search(r"(?:^\|.*\n)+", section, flags=re.M)
    assert table is not None, f"{code}.md has no table of roles"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


def told(code: str, *, column: int | None = None) -> set[str]:
    return {
        WORDS[role.strip().lower()]
        for roles, *cells in rows_of(code)
        if any(cell != NOTHING for cell in (cells if column is None else cells[column : column + 1]))
        for role in roles.split(",")
    }


@pytest.mark.parametrize("code", sorted(ADAPTERS))
def test_the_page_tells_what_the_adapter_can_do(code: str) -> None:
    assert told(code) == set(capabilities_of(code))


@pytest.mark.parametrize(("column", "flavour"), [(0, "webpay"), (1, "cameroon"), (2, "sonatel")])
def test_the_page_tells_what_each_flavour_of_orange_money_can_do(column: int, flavour: str) -> None:
    assert told("orange_money", column=column) == set(capabilities(FLAVOURS[flavour]))


@pytest.mark.parametrize("code", sorted(ADAPTERS))
def test_every_credential_is_on_the_page(code: str) -> None:
    page = (PAGES / f"{code}.md").read_text("utf-8")

    assert {field.name for field in PROFILES[code].credentials if f"`{field.name}`" not in page} == set()


def test_every_page_is_about_an_adapter() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} - {"adding-one"} == set(ADAPTERS)
