"""docs/reliability.md says which test holds which row, and a row that none holds says why."""

from tests.house.catalogue import PAGE, holders_of_rows, page, rows
from tests.house.source import ROOT


def test_the_table_in_the_page_is_the_one_of_the_tests() -> None:
    text = PAGE.read_text()

    assert "<!-- rows -->" in text
    assert text == page(text), "python -m tests.house.catalogue"


def test_every_row_has_a_test_or_a_reason() -> None:
    held = holders_of_rows()

    assert [row.id for row in rows() if row.id not in held and not row.excuse] == []
    assert [row.id for row in rows() if row.id in held and row.excuse and not row.is_held] == []


def test_every_row_that_a_test_names_is_in_the_catalogue() -> None:
    assert set(holders_of_rows()) - {row.id for row in rows()} == set()


def test_every_test_that_the_catalogue_names_exists() -> None:
    named = [row.named.split("::") for row in rows() if row.named]

    assert len(named) > 20
    assert [test for file, test in named if f"def {test}(" not in (ROOT / "tests" / file).read_text()] == []
