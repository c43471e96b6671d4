"""docs/states.md says what the table says."""

from pathlib import Path

from tests.payments.state_page import page

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_drawn_from_the_table() -> None:
    assert (ROOT / "docs" / "states.md").read_text() == page(), "python -m tests.payments.state_page > docs/states.md"
