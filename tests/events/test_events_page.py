"""docs/events.md shows every event of the catalog as it is, and says what the code does."""

import json
import re
from pathlib import Path

from pytest_django.fixtures import Settings

from events import catalog, http
from events.body import BODY_BYTES_MAX
from events.schedule import SCHEDULE
from events.secrets import OVERLAP
from events.services.replay import REPLAYED_MAX

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text("utf-8")
_EXAMPLE = re.compile(r"^### `([a-z_.]+)`\n\n([^\n]+)\n\n```json\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


def test_the_page_shows_every_event_with_its_example() -> None:
    shown = {name: json.loads(example) for name, _, example in _EXAMPLE.findall(PAGE)}

    assert shown == catalog.EXAMPLES
    assert list(shown) == list(catalog.EXAMPLES)


def test_the_page_says_what_every_result_means() -> None:
    assert re.findall(r"^\| `([a-z_]+)` \|", PAGE, re.MULTILINE) == [result.value for result in http.Result]


def test_the_page_names_the_schedule_the_limits_and_the_defaults(settings: Settings) -> None:
    hours = [f"{wait.seconds // 3600 or 24} h" for wait in SCHEDULE[4:]]

    assert f"after 5 s, 5 min, 30 min, {', '.join(hours)}" in PAGE
    assert f"{BODY_BYTES_MAX // 1000} kB" in PAGE
    assert f"within {http.TOTAL_SECONDS} seconds" in PAGE
    assert f"For {OVERLAP.days * 24} hours" in PAGE
    assert f"failed for {settings.WEBHOOK_PAUSE_AFTER_HOURS} hours" in PAGE
    assert f"kept for {settings.WEBHOOK_RETENTION_DAYS} days" in PAGE
    assert REPLAYED_MAX == 1_000
