"""The demo's scenes about gateways, played against running processes: every claim of the story holds."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from common import clock
from demo import accounts, gateway_books, tenant
from demo.eight_ways import eight_ways
from demo.fallback_scenes import safe_fallback, unknown_outcome
from demo.registration import register
from demo.scenes import card_sale, together
from demo.simulator import Simulator
from demo.stage import Stage
from demo.story import Story
from gateways.registry import ADAPTERS
from payments.models import Payment, PaymentAttempt
from payments.states import AttemptState
from reconciliation.apply import apply_inbox
from tenants.models import Tenant
from tests.support.api import sweep
from tests.support.books import assert_books_balance
from tests.support.simulator import Levers
from tests.support.web import Web, running_web

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo_tenant(levers: Levers, webs: tuple[Web, Web], settings: Settings) -> Tenant:
    """As the seed leaves it, without a history; webhooks come to the second web process."""
    settings.PUBLIC_URL = webs[1].url
    now = clock.now()
    made = tenant.make_tenant(now=now)
    tenant.set_missing_terms(made)
    accounts.open_missing(made, now=now)
    for account in accounts.known_of(made):
        register(account, simulator=Simulator(levers.url))
    return made


@pytest.fixture
def web(levers: Levers, webs: tuple[Web, Web], tmp_path: Path) -> Iterator[Web]:
    """Tells gateways to send their webhooks to the other one."""
    with running_web(tmp_path, simulator=levers.url, PUBLIC_URL=webs[1].url) as web:
        yield web


@pytest.fixture
def working(demo_tenant: Tenant) -> Iterator[None]:
    """The workers, at home in this process. What became of a call is asked at once instead of in twenty seconds."""
    stopping = threading.Event()

    def work() -> None:
        while not stopping.wait(0.02):
            apply_inbox(now=clock.now())
            PaymentAttempt.objects.filter(state=AttemptState.UNKNOWN).update(next_check_at=clock.now())
            sweep()
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield
    stopping.set()
    worker.join(timeout=10)


@pytest.fixture
def stage(web: Web, levers: Levers, demo_tenant: Tenant, working: None) -> Stage:
    key = tenant.make_api_access(demo_tenant, now=clock.now())
    return Stage(address=web.url, api_key=key, simulator=Simulator(levers.url))


@pytest.fixture
def story() -> Story:
    return Story(out=io.StringIO())


def broken(story: Story) -> list[str]:
    return [name for name, holds in story.checks if not holds]


def test_eight_payers_pay_by_eight_gateways(stage: Stage, story: Story) -> None:
    began = clock.now()

    card_sale(stage, story)
    eight_ways(stage, story)

    assert broken(story) == []
    assert sorted(Payment.objects.values_list("gateway", flat=True)) == sorted([*ADAPTERS, "stripe"])
    books = gateway_books.compared(stage.simulator.books(), since=began)
    assert len(books) == len(ADAPTERS)
    assert [each for each in books if each.ours != each.theirs or not each.ours] == []
    assert_books_balance()


@pytest.mark.row("B1", "B6")
def test_another_gateway_takes_over_what_was_not_sent_and_never_what_is_unknown(stage: Stage, story: Story) -> None:
    safe_fallback(stage, story)
    together(stage, story, unknown_outcome)

    assert broken(story) == []
    attempts = PaymentAttempt.objects.order_by("payment_id", "number").values_list("payment_id", "state")
    assert [state for _, state in attempts] == [AttemptState.NOT_SENT, AttemptState.SUCCEEDED, AttemptState.SUCCEEDED]
    assert_books_balance()


def test_a_claim_that_does_not_hold_is_shown_and_remembered(story: Story) -> None:
    story.begin("A chapter", "To see it fail.")
    story.claim("one is two", 1 + 1 == 1)

    assert not story.holds
    assert broken(story) == ["A chapter: one is two"]
    assert "✗ NOT SO: one is two" in story.out.getvalue()  # type: ignore[attr-defined]
