"""docs/errors.md lists every code that an answer can carry, with its HTTP status, and no other."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

from common.api.problems import HEADERS_BY_CODE, STATUS_BY_CODE, status_of
from common.errors import DomainError

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "common",
    "tenants",
    "events",
    "gateways",
    "wallets",
    "commissions",
    "payments",
    "reconciliation",
    "console",
)
NOT_IMPORTED = re.compile(r"\.(migrations|management)\b")
ROW = re.compile(r"\| `([A-Z_]+)` \| (\d{3}) \| (.+) \| (.+) \|")


def import_everything() -> None:
    for package in PACKAGES:
        paths = [str(ROOT / package)]
        for module in pkgutil.walk_packages(paths, prefix=f"{package}.", onerror=lambda _name: None):
            if not NOT_IMPORTED.search(module.name):
                importlib.import_module(module.name)


def all_errors(base: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    yield base
    for error in base.__subclasses__():
        yield from all_errors(error)


def codes_of_the_product() -> dict[str, int]:
    import_everything()
    return {error.code: status_of(error) for error in all_errors() if error.__module__.startswith(PACKAGES)}


def codes_of_the_page() -> dict[str, int]:
    page = (ROOT / "docs" / "errors.md").read_text()
    return {row.group(1): int(row.group(2)) for row in map(ROW.fullmatch, page.splitlines()) if row}


def test_page_lists_the_codes_of_the_product_with_their_statuses() -> None:
    assert codes_of_the_page() == codes_of_the_product()


def test_page_is_sorted_by_status_and_code() -> None:
    rows = [(status, code) for code, status in codes_of_the_page().items()]

    assert rows == sorted(rows)


def test_one_code_has_one_kind() -> None:
    import_everything()
    kinds: dict[str, set[str]] = {}
    for error in all_errors():
        kinds.setdefault(error.code, set()).add(error.kind)

    assert {code: found for code, found in kinds.items() if len(found) > 1} == {}


def test_no_status_or_header_is_kept_for_a_code_that_is_gone() -> None:
    assert set(STATUS_BY_CODE) | set(HEADERS_BY_CODE) <= set(codes_of_the_product())
