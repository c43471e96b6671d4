"""Callers, payers, gateways, webhooks, workers, a bank and people, in any order, and all holds after every step.

Hypothesis draws what happens next, faults and deaths of processes included; `truths` says what must be so after it. At
the end time passes until nothing is open that can be decided, and the books are compared with the gateways' own.

The run of CI is bounded and always the same. A longer one, different every time and with failures made smaller:

    STATE_MACHINE_EXAMPLES=2000 pytest tests/properties/test_state_machine.py -p no:randomly

Its length is the number of examples, of up to 40 steps each; one takes a second or two.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest_django.fixtures import Settings

from common import clock, steps
from gateways.http import shared_http
from gateways.models import InboundEvent
from gateways.replay import replay
from payments.models import Payment
from tests.properties.people import People, pick
from tests.properties.truths import assert_everything_holds, assert_nothing_is_left, bring_to_an_end
from tests.properties.world import LATER, Event, World
from tests.support.api import let_leases_run_out, settle, sweep
from tests.support.factories import body_of_payment
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 30,
    stateful_step_count=40,
    derandomize=not EXAMPLES,
    deadline=None,
    print_blob=True,
    database=None,
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)

UNPAID = ("failed", "cancelled", "expired")
CARDS = ("pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired")
# A page for the payer twice as often as a token.
TOKENS = ("", "", *CARDS)
FAULTS = (
    "execute_then_reset",
    "reset_without_executing",
    "execute_then_hang",
    "hang_without_executing",
    "status_500_executed",
    "status_500_not_executed",
    "status_503",
    "html",
    "truncated_json",
    "wrong_amount",
    "refuse",
)
STEPS = tuple(step for flow in steps.FLOWS.values() for step in flow if step != "sweep.queued")


@dataclass
class Sale:
    """What one caller asked for under one key, and what it was told."""

    key: str
    body: dict[str, object]
    told: tuple[int, bytes] | None = None
    shown_id: str = ""


def has_sales(machine: "Payments") -> bool:
    return bool(machine.sales)


class Payments(People):
    levers: Levers

    @initialize()
    def open_up(self) -> None:
        self.world = World(self.levers)
        self.sales: list[Sale] = []

    def _sale(self, number: int) -> Sale:
        return self.sales[number % len(self.sales)]

    def _known(self, number: int) -> Sale | None:
        known = [sale for sale in self.sales if sale.shown_id]
        return known[number % len(known)] if known else None

    # --- The caller -----------------------------------------------------------------------------------------------

    @rule(
        amount=st.sampled_from(
            [(100, "EUR"), (13_37, "EUR"), (99_01, "EUR"), (333, "XOF"), (12_345, "XOF"), (4_560, "TND")]
        ),
        token=st.sampled_from(TOKENS),
        owner=st.sampled_from(["org-one", "org-two"]),
        order=st.sampled_from(["", "", "A-1", "A-2"]),
        fault=st.sampled_from([None] * 8 + list(FAULTS)),
    )
    def create(self, amount: tuple[int, str], token: str, owner: str, order: str, fault: str | None) -> None:
        if fault:
            self.world.fault(fault)
        minor, currency = amount
        self._ask(minor, currency=currency, paymentToken=token, orderId=order, owner=owner)

    @rule(minor=st.sampled_from([21_43, 8_08]))
    def create_for_the_bank(self, minor: int) -> None:
        self._ask(minor, currency="EUR", paymentMethod="bank_transfer", owner="org-one")

    def _ask(self, minor: int, *, owner: str, **fields: object) -> None:
        payee = {"ownerType": "organizer", "ownerId": owner}
        body = body_of_payment(amount=minor, payee=payee, **{name: value for name, value in fields.items() if value})
        self.sales.append(Sale(key=f"key-{len(self.sales)}", body=body))
        self._post(self.sales[-1])

    @precondition(has_sales)
    @rule(number=pick)
    def ask_again(self, number: int) -> None:
        self._post(self._sale(number))

    def _post(self, sale: Sale) -> None:
        holders = self._holders(sale)
        before = Payment.objects.count()
        answer = self.world.mortal(lambda: self.world.api.post(sale.body, key=sale.key))
        made = Payment.objects.count() - before
        if answer is None:
            assert made <= 1
            return
        assert answer.status in (201, 202, 402, 409, 503), answer.body
        if sale.told:
            assert (answer.status, answer.body) == sale.told
            assert made == 0
            return
        if answer.status == 409:
            self._assert_refused(answer.json, holders=holders)
            assert made == 0
        elif answer.status != 503:
            sale.told, sale.shown_id = (answer.status, answer.body), answer.json["data"]["transactionId"]
            assert not [holder for holder in holders if holder != sale.shown_id]

    def _holders(self, sale: Sale) -> list[str]:
        """The payments that stand for the order of this sale at this moment."""
        if not sale.body.get("orderId"):
            return []
        standing = Payment.objects.filter(tenant=self.world.tenant, order_id=sale.body["orderId"])
        return [payment.shown_id for payment in standing.exclude(status__in=UNPAID)]

    def _assert_refused(self, said: dict[str, object], *, holders: list[str]) -> None:
        if said["error"] != "IDEMPOTENCY_REQUEST_IN_PROGRESS":
            assert said["error"] == "ORDER_HAS_PAYMENT"
            assert said["details"][0]["transactionId"] in holders

    @precondition(has_sales)
    @rule(number=pick)
    def ask_for_something_else_under_a_used_key(self, number: int) -> None:
        sale = self._known(number)
        if sale is None:
            return
        before = Payment.objects.count()

        answer = self.world.api.post(sale.body | {"amount": 77_77}, key=sale.key)

        assert (answer.status, Payment.objects.count()) == (422, before)

    @precondition(has_sales)
    @rule(number=pick)
    def cancel(self, number: int) -> None:
        sale = self._known(number)
        if sale is None:
            return
        answer = self.world.mortal(lambda: self.world.api.cancel(sale.shown_id))
        if answer is not None:
            assert answer.status in (200, 202, 409), answer.body
            assert (answer.status == 200) == (self._status(sale) == "cancelled")

    @precondition(has_sales)
    @rule(number=pick)
    def refresh(self, number: int) -> None:
        sale = self._known(number)
        if sale is None:
            return
        path = f"/api/v1/payments/{sale.shown_id}/refresh"
        answer = self.world.mortal(lambda: self.world.api.post({}, key=None, path=path))
        if answer is not None:
            assert (answer.status, answer.data["status"]) == (200, self._status(sale))

    def _status(self, sale: Sale) -> str:
        return self.world.api.payment(sale.shown_id).data["status"]

    # --- The payer and the gateways -------------------------------------------------------------------------------

    @precondition(has_sales)
    @rule(number=pick, card=st.sampled_from(CARDS))
    def payer_pays(self, number: int, card: str) -> None:
        self._payer(number, "pay", card=card)

    @precondition(has_sales)
    @rule(number=pick, succeed=st.booleans())
    def payer_is_asked_by_the_bank(self, number: int, succeed: bool) -> None:
        self._payer(number, "authenticate", succeed=succeed)

    @precondition(has_sales)
    @rule(number=pick)
    def somebody_cancels_at_the_gateways_pages(self, number: int) -> None:
        self._payer(number, "cancel")

    def _payer(self, number: int, what: str, **how: object) -> None:
        if theirs := self.world.objects():
            self.world.payer(what, theirs[number % len(theirs)][1]["gateway_payment_id"], **how)

    @precondition(has_sales)
    @rule(
        fault=st.sampled_from(FAULTS),
        operation=st.sampled_from(["create", "retrieve", "list", "cancel"]),
        till=st.sampled_from([0, 1]),
    )
    def the_next_call_goes_wrong(self, fault: str, operation: str, till: int) -> None:
        self.world.fault(fault, operation=operation, till=till)

    @precondition(has_sales)
    @rule()
    def the_gateways_recover(self) -> None:
        self.world.calm()

    @precondition(has_sales)
    @rule(step=st.sampled_from(STEPS))
    def the_next_one_at_this_step_dies(self, step: str) -> None:
        self.world.die_at(step)

    # --- Webhooks -------------------------------------------------------------------------------------------------

    def _event(self, number: int) -> Event | None:
        self.world.fetch()
        waiting = self.world.on_the_way
        return waiting[number % len(waiting)] if waiting else None

    @precondition(has_sales)
    @rule(number=pick, times=st.sampled_from([0, 1, 1, 1, 2]))
    def a_webhook_comes(self, number: int, times: int) -> None:
        """In any order; twice, or never."""
        if event := self._event(number):
            self.world.on_the_way.remove(event)
            for _ in range(times):
                answer = self.world.mortal(lambda: self.world.deliver(event))
                assert answer is None or answer.status == 200
            assert InboundEvent.objects.filter(dedupe_key=event.id).count() <= min(times, 1)

    @precondition(has_sales)
    @rule(newest_first=st.booleans())
    def all_webhooks_come(self, newest_first: bool) -> None:
        self.world.fetch()
        waiting, self.world.on_the_way = self.world.on_the_way, []
        for event in reversed(waiting) if newest_first else waiting:
            self.world.mortal(partial(self.world.deliver, event))

    @precondition(has_sales)
    @rule(number=pick, age_seconds=st.sampled_from([0, 1_000]))
    def a_webhook_is_stale_or_forged(self, number: int, age_seconds: int) -> None:
        if event := self._event(number):
            secret = "" if age_seconds else "whsec_of_somebody_else"

            answer = self.world.deliver(event, age_seconds=age_seconds, secret=secret)

            assert 400 <= answer.status < 500
            assert not InboundEvent.objects.filter(dedupe_key=event.id).exists()

    @precondition(has_sales)
    @rule(number=pick, lie=st.sampled_from(["amount", "currency", "reference", "livemode"]))
    def a_webhook_tells_of_something_else(self, number: int, lie: str) -> None:
        if event := self._event(number):
            self.world.mortal(lambda: self.world.deliver(self.world.lie(event, lie)))

    # --- Our own workers ------------------------------------------------------------------------------------------

    @precondition(has_sales)
    @rule(later=st.sampled_from([None, *LATER]))
    def settle(self, later: str | None) -> None:
        self.world.mortal(lambda: settle(after=LATER[later] if later else timedelta(0)))

    @precondition(has_sales)
    @rule(later=st.sampled_from([None, None, *LATER]))
    def sweep(self, later: str | None) -> None:
        if later is None:
            let_leases_run_out()
        self.world.mortal(lambda: sweep(after=LATER[later] if later else timedelta(0)))

    @precondition(has_sales)
    @rule(number=pick)
    def a_webhook_is_applied_again(self, number: int) -> None:
        stored = InboundEvent.objects.filter(gateway_account__tenant=self.world.tenant).order_by("pk")
        keys = list(stored.values_list("pk", flat=True))
        if keys:
            replay(stored.filter(pk=keys[number % len(keys)]), limit=1, now=clock.now())

    # --- What must be so ------------------------------------------------------------------------------------------

    @invariant()
    def everything_holds(self) -> None:
        assert_everything_holds(self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.live()
            bring_to_an_end(self.world)
            assert_everything_holds(self.world)
            assert_nothing_is_left(self.world)


@pytest.fixture
def short_calls(settings: Settings) -> Iterator[None]:
    shared_http.cache_clear()
    settings.GATEWAY_TOTAL_SECONDS = 0.4
    yield
    shared_http.cache_clear()


@pytest.mark.usefixtures("short_calls")
def test_whatever_happens_the_books_hold(levers: Levers) -> None:
    machine = type("Machine", (Payments,), {"levers": levers})

    run_state_machine_as_test(machine, settings=SETTINGS)
