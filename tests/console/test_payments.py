"""Finding payments: tabs, filters, exact ids, pages by key, and totals that are the figures they were opened from."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common import clock
from common.money import Money
from console import measures
from payments.models import Payment
from payments.states import AttemptState, Status
from tests.console.conftest import Get
from tests.console.scene import Scene

LIST = "/admin/payments/payment/"


def _rows(page_text: str) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a class="c-code" href="[^"]*" title="(pay_[0-9a-f]{32})"', page_text)


def _found(get: Get, query: str) -> list[str]:
    return _rows(get(LIST + query).content.decode())


def test_pages_by_key_show_every_payment_once_in_order(scene: Scene, get: Get) -> None:
    made = [scene.pay(Status.PENDING).shown_id for _ in range(53)]

    first = get(LIST).content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = get(LIST + older.group(1)).content.decode()
    newer = re.search(r'rel="prev" href="([^"]+)"', second)
    assert newer
    back = get(LIST + newer.group(1)).content.decode()

    assert [*_rows(first), *_rows(second)] == made[::-1]
    assert _rows(back) == _rows(first)
    assert 'rel="next"' not in second


def test_no_page_counts_the_table(scene: Scene, get: Get) -> None:
    scene.pay()

    with CaptureQueriesContext(connection) as asked:
        get(LIST)

    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"] and "LIMIT 1001" not in query["sql"]]
    assert counts == []
    assert not any("OFFSET" in query["sql"] for query in asked)


@pytest.mark.parametrize("kind", ["payment", "attempt", "gateway", "order", "reference", "webhook", "wallet", "event"])
def test_an_exact_id_of_any_kind_finds_its_payment(scene: Scene, get: Get, kind: str) -> None:
    from common import ids
    from events.models import OutboxEvent
    from gateways.models import InboundEvent

    scene.pay(currency="XOF")
    wanted = scene.pay()
    attempt = wanted.attempts.get()
    event = OutboxEvent.objects.filter(subject_id=wanted.pk).first()
    assert event
    texts = {
        "payment": wanted.shown_id,
        "attempt": attempt.reference,
        "gateway": attempt.gateway_payment_id,
        "order": wanted.order_id,
        "reference": wanted.external_reference,
        "webhook": InboundEvent.objects.get(payment_id=wanted.pk).dedupe_key,
        "wallet": ids.show(ids.WALLET, wanted.wallet.public_id),
        "event": ids.show(ids.EVENT, event.public_id),
    }

    assert _found(get, f"?q={texts[kind]}") == [wanted.shown_id]


def test_a_gateway_id_keeps_its_case(scene: Scene, get: Get) -> None:
    wanted = scene.pay()
    written = wanted.attempts.get().gateway_payment_id

    assert _found(get, f"?q={written}") == [wanted.shown_id]
    assert _found(get, f"?q={written.lower()}") == []


def test_a_part_of_an_id_finds_nothing(scene: Scene, get: Get) -> None:
    payment = scene.pay()

    assert _found(get, f"?q={payment.shown_id[:-1]}") == []
    assert "Nothing matches" in get(f"{LIST}?q={payment.shown_id[:-1]}").content.decode()


def test_the_finder_opens_a_single_hit_at_once(scene: Scene, get: Get) -> None:
    payment = scene.pay()
    gateway_id = payment.attempts.get().gateway_payment_id

    answer = get(f"/admin/search/?s={gateway_id}")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{LIST}{payment.shown_id}/"
    assert "Nothing has exactly this id" in get("/admin/search/?s=nothing").content.decode()


def test_each_tab_shows_its_queue(scene: Scene, get: Get) -> None:
    doubtful = scene.pay(Status.PROCESSING, attempt_state=AttemptState.UNKNOWN)
    flagged = scene.pay(flag="mismatch")
    waiting = scene.pay(Status.PROCESSING)
    late = scene.pay(Status.PROCESSING)
    late.attempts.update(next_check_at=clock.now() - timedelta(minutes=6))
    scene.pay(Status.FAILED)

    assert _found(get, "?queue=doubt") == [doubtful.shown_id]
    assert _found(get, "?queue=flagged") == [flagged.shown_id]
    assert _found(get, "?queue=open") == [late.shown_id, waiting.shown_id, doubtful.shown_id]
    assert _found(get, "?queue=late") == [late.shown_id]


def test_filters_narrow_and_are_said_in_words(scene: Scene, get: Get) -> None:
    scene.pay(currency="XOF")
    wanted = scene.pay(Status.FAILED)
    scene.pay(Status.FAILED, ago=timedelta(days=3))
    # Of an hour ago, which is yesterday in the first hour of a day.
    day = (scene.now - timedelta(hours=1)).date().isoformat()

    text = get(f"{LIST}?status=failed&currency=EUR&from={day}&purpose=ticket_sale&gateway=stripe").content.decode()

    assert _rows(text) == [wanted.shown_id]
    assert "Status: Failed" in text
    assert "Currency: EUR" in text
    assert "Gateway: Stripe" in text


@pytest.mark.parametrize("query", ["?status=nonsense", "?from=yesterday", "?by=amount_minor&from=2026-01-01"])
def test_a_filter_nobody_knows_is_dropped_not_guessed(scene: Scene, get: Get, query: str) -> None:
    answer = get(LIST + query)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{LIST}?e=1"


@pytest.mark.parametrize("query", ["?after=x", "?after=-1", "?before=99999999999999999999", "?page=3"])
def test_a_strange_page_key_never_breaks_the_list(scene: Scene, get: Get, query: str) -> None:
    scene.pay()

    assert get(LIST + query).status_code in (200, 302)


def test_the_total_of_a_list_is_the_figure_it_was_opened_from(scene: Scene, get: Get) -> None:
    for factor in (1, 2, 3):
        scene.pay(factor=factor, ago=timedelta(minutes=5))
    scene.pay(currency="XOF", ago=timedelta(minutes=5))
    scene.pay(Status.FAILED, ago=timedelta(minutes=5))
    day = (scene.now - timedelta(minutes=5)).date()
    figure = next(line for line in measures.collected(day, day) if line.currency == "EUR")

    page = get(measures.collected_address(day, day, "EUR")).content.decode()

    assert figure.amount == Money(6 * 12_037, "EUR")
    assert f'data-plain="{figure.amount.to_decimal()}"' in page[page.index("c-total") :]
    assert f'data-plain="{figure.commission.to_decimal()}"' in page[page.index("c-total") :]
    assert len(_rows(page)) == figure.count == 3


def test_success_counts_what_was_paid_or_failed_and_links_to_both(scene: Scene, get: Get) -> None:
    scene.pay(ago=timedelta(minutes=5))
    scene.pay(ago=timedelta(minutes=5))
    scene.pay(Status.FAILED, ago=timedelta(minutes=5))
    scene.pay(Status.EXPIRED, ago=timedelta(minutes=5))
    scene.pay(Status.PROCESSING, ago=timedelta(minutes=5))
    day = (scene.now - timedelta(minutes=5)).date()

    (figure,) = measures.success(day, day)

    assert (figure.paid, figure.ended, figure.tenths_of_percent) == (2, 3, 666)
    assert len(_found(get, measures.success_address(day, day, "EUR").removeprefix(LIST))) == 3


def test_a_list_too_long_to_sum_says_so(scene: Scene, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.admin.payment.TOTALS_MAX", 2)
    for _ in range(3):
        scene.pay(Status.PENDING)

    assert "More than 2 rows" in get(LIST).content.decode()


def test_a_payment_opens_by_its_key_and_by_its_public_id_and_by_nothing_else(scene: Scene, get: Get) -> None:
    payment = scene.pay()

    assert get(f"{LIST}{payment.shown_id}/").status_code == 200
    assert get(f"{LIST}{payment.pk}/").status_code == 200
    assert get(f"{LIST}pay_{'0' * 32}/").status_code == 404
    assert get(f"{LIST}{payment.pk}'--/").status_code == 404


def test_the_page_hides_what_is_personal(scene: Scene, get: Get) -> None:
    payment = scene.pay()

    page = get(f"{LIST}{payment.shown_id}/").content.decode()

    assert "awa.kone" not in page
    assert "a…@example.com" in page


def test_debit_and_credit_stand_in_their_own_columns_and_are_equal(scene: Scene, get: Get) -> None:
    payment = scene.pay()

    page = get(f"{LIST}{payment.shown_id}/").content.decode()

    entries = page[page.index('id="entries"') :]
    assert "Debit = credit ✓" in entries
    assert entries.count('data-plain="120.37"') == 3  # the debit line and both totals
    assert Payment.objects.get(pk=payment.pk).version == payment.version
