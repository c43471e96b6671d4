"""Home: what is stuck stands first, each figure with its rows; the books say when they were last proved."""

import re
from datetime import timedelta

from common import clock, failures
from common.money import Money
from console import chart, measures
from gateways.models import InboundState
from payments.states import AttemptState, Status
from tests.console.conftest import Get
from tests.console.scene import Scene


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")


def test_every_queue_says_count_amount_and_age_and_links_to_its_rows(scene: Scene, get: Get) -> None:
    scene.pay(Status.PROCESSING, currency="XOF", ago=timedelta(minutes=41), attempt_state=AttemptState.UNKNOWN)
    scene.pay(flag="mismatch", ago=timedelta(hours=3))
    scene.webhook(state=InboundState.PARKED, at=clock.now() - timedelta(hours=2))
    scene.webhook(state=InboundState.DEAD, at=clock.now() - timedelta(days=3))

    page = get("/admin/").content.decode()

    stuck = _text(page[page.index('id="stuck"') : page.index('id="books"')])
    assert re.search(r"Outcome unknown .* 1 10 007\s*XOF oldest 41 min", stuck)
    assert re.search(r"Flagged .* 1 120.37\s*EUR oldest 3 h", stuck)
    assert re.search(r"Webhooks given up .* 1 oldest 3 d.* Webhooks parked .* 1 oldest 2 h", stuck)
    assert re.search(r"Past due .* 0 nothing to do", stuck)
    for address in (
        "?queue=doubt",
        "?queue=flagged",
        "?queue=late",
        "inboundevent/?state=dead",
        "inboundevent/?state=parked",
    ):
        assert address in page


def test_the_books_say_whether_they_hold_and_when_that_was_proved(scene: Scene, get: Get) -> None:
    assert "Never verified yet" in get("/admin/").content.decode()
    scene.verify()
    assert "Books balance" in get("/admin/").content.decode()
    scene.verify(holds=False)

    assert "Books differ" in get("/admin/").content.decode()


def test_an_empty_service_has_an_honest_home(scene: Scene, get: Get) -> None:
    page = get("/admin/").content.decode()

    assert "No payment was created or completed today." in page
    assert page.count("nothing to do") == 9


def test_the_chart_sums_to_the_figures_and_has_a_table(scene: Scene, get: Get) -> None:
    for day in (0, 1, 1, 29, 30):
        scene.pay(ago=timedelta(days=day, minutes=3))
    today = (scene.now - timedelta(minutes=3)).date()

    days = measures.collected_by_day(today - timedelta(days=29), today)["EUR"]
    drawn = chart.of_days(days, currency="EUR")

    assert len(drawn.bars) == 30
    assert drawn.total == Money(4 * 12_037, "EUR")
    assert [bar.count for bar in drawn.bars if bar.count] == [1, 2, 1]
    assert get("/admin/").content.decode().count('<tr><th scope="row"><a href="/admin/payments/payment/') == 30


def test_one_currency_is_drawn_at_a_time(scene: Scene, get: Get) -> None:
    scene.pay()
    scene.pay(currency="XOF")

    page = get("/admin/?currency=XOF").content.decode()

    assert "last 30 days, XOF" in page
    assert "last 30 days, EUR" not in page


def test_the_scale_of_the_chart_ends_at_a_round_amount() -> None:
    assert [chart.round_up(minor) for minor in (0, 5, 10, 11, 84_259, 200_001)] == [5, 5, 10, 20, 100_000, 500_000]


def test_tasks_that_failed_are_counted_and_listed(scene: Scene, get: Get) -> None:
    """H4: what, about which row, and where in the code."""
    now = clock.now()
    for attempt_id, at in ((7, now - timedelta(hours=5)), (8, now - timedelta(days=3))):
        arguments = {"attempt_id": attempt_id}
        failures.record(task="payments.tasks.run_claim", arguments=arguments, error=LookupError(), now=at)

    home, listed = get("/admin/").content.decode(), get("/admin/common/taskfailure/").content.decode()

    assert re.search(r"Tasks that failed .* 1 oldest 5 h", _text(home[home.index('id="stuck"') :]))
    for word in ("payments.tasks.run_claim", "attempt_id=7", "attempt_id=8", "LookupError"):
        assert word in listed
