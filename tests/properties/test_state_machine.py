"""Callers, payers, gateways, webhooks, workers, a bank and people, in any order, and all holds after every step.

Hypothesis draws what happens next, faults and deaths of processes included; `truths` says what must be so after it. At
the end time passes until nothing is open that can be decided, and the books are compared with the gateways' own.

The run of CI is bounded and always the same. A longer one, different every time and with failures made smaller:

    STATE_MACHINE_EXAMPLES=2000 pytest tests/properties/test_state_machine.py -p no:randomly

Its length is the number of examples, of up to 50 steps each; one takes a second or two.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

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
from payments.models import Payment, PaymentAttempt, PaymentHistory
from tests.properties.people import People, pick
from tests.properties.truths import assert_everything_holds, assert_nothing_is_left, bring_to_an_end
from tests.properties.world import LATER, Event, World
from tests.support.api import let_leases_run_out, settle, sweep
from tests.support.factories import body_of_payment
from tests.support.simulator import Levers
from wallets.models import LedgerTransaction

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = int(os.environ.get("STATE_MACHINE_EXAMPLES", "0"))
SETTINGS = settings(
    max_examples=EXAMPLES or 25,
    stateful_step_count=50,
    derandomize=not EXAMPLES,
    deadline=None,
    print_blob=True,
    database=None,
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# Of 333 XOF nothing is left for its owner.
BY_TRANSFER = ((21_43, "EUR"), (8_08, "EUR"))
AMOUNTS = ((13_37, "EUR"), (99_01, "EUR"), (333, "XOF"), (12_345, "XOF"), (4_560, "TND"), *BY_TRANSFER)
ENDS = frozenset({
    "completed", "failed", "cancelled", "expired", "mismatch", "late_success", "unresolved",
    "by answer", "by webhook", "by poll", "by staff", "fallback", "reversal",
})  # fmt: skip
RARE_ENDS = 3
UNPAID = ("failed", "cancelled", "expired")
CARDS = ("pm_card_visa", "pm_card_visa_chargeDeclined", "pm_card_authenticationRequired")
# Mostly a page for the payer.
TOKENS = ("", "", "", "", *CARDS)
FAULTS = (
    "say",
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
# How much, with which token, to whose wallet, for which order, and what goes wrong at the gateway.
wishes = st.tuples(
    st.sampled_from(AMOUNTS),
    st.sampled_from(TOKENS),
    st.sampled_from(["org-one", "org-two"]),
    st.sampled_from(["", "", "A-1", "A-2"]),
    st.sampled_from([None] * 10 + ["say"] * 2 + list(FAULTS)),
)


@dataclass
class Sale:
    """What one caller asked for under one key, and what it was told."""

    key: str
    body: dict[str, object]
    told: tuple[int, bytes] | None = None
    shown_id: str = ""


def has_sales(machine: "Payments") -> bool:
    return bool(machine.sales)


def has_answers(machine: "Payments") -> bool:
    return any(sale.shown_id for sale in machine.sales)


class Payments(People):
    levers: Levers

    @initialize(first=st.lists(wishes, min_size=3, max_size=6))
    def open_up(self, first: list[tuple[Any, ...]]) -> None:
        self.world = World(self.levers)
        self.sales: list[Sale] = []
        for wanted in first:
            self.create(wanted)

    # --- The caller -----------------------------------------------------------------------------------------------

    @rule(wanted=wishes)
    def create(self, wanted: tuple[Any, ...]) -> None:
        amount, token, owner, order, fault = wanted
        if fault:
            self.world.fault(fault)
        minor, currency = amount
        way = {"paymentMethod": "bank_transfer"} if amount in BY_TRANSFER else {"paymentToken": token}
        payee = {"ownerType": "organizer", "ownerId": owner}
        body = body_of_payment(amount=minor, currency=currency, payee=payee, orderId=order, **way)
        self.sales.append(Sale(key=f"key-{len(self.sales)}", body=body))
        self._post(self.sales[-1])

    @precondition(has_sales)
    @rule(number=pick, is_changed=st.booleans())
    def ask_again(self, number: int, is_changed: bool) -> None:
        """With the same key, and sometimes for something else."""
        sale = self.sales[number % len(self.sales)]
        if not is_changed or not sale.told:
            self._post(sale)
            return
        before = Payment.objects.count()
        answer = self.world.api.post(sale.body | {"amount": 77_77}, key=sale.key)
        assert (answer.status, Payment.objects.count()) == (422, before)

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
            assert (answer.status, answer.body, made) == (*sale.told, 0)
        elif answer.status == 409:
            self._assert_refused(answer.json, holders=holders)
            assert made == 0
        elif answer.status != 503:
            sale.told, sale.shown_id = (answer.status, answer.body), answer.json["data"]["transactionId"]
            assert not [holder for holder in holders if holder != sale.shown_id]

    def _holders(self, sale: Sale) -> list[str]:
        """The payments that stand for the order of this sale at this moment."""
        if not sale.body["orderId"]:
            return []
        standing = Payment.objects.filter(tenant=self.world.tenant, order_id=sale.body["orderId"])
        return [payment.shown_id for payment in standing.exclude(status__in=UNPAID)]

    def _assert_refused(self, said: dict[str, Any], *, holders: list[str]) -> None:
        if said["error"] != "IDEMPOTENCY_REQUEST_IN_PROGRESS":
            assert said["error"] == "ORDER_HAS_PAYMENT"
            assert said["details"][0]["transactionId"] in holders

    @precondition(has_answers)
    @rule(number=pick)
    def cancel(self, number: int) -> None:
        sale = self._answered(number)
        answer = self.world.mortal(lambda: self.world.api.cancel(sale.shown_id))
        if answer is not None:
            assert answer.status in (200, 202, 409), answer.body
            assert (answer.status == 200) == (self._status(sale) == "cancelled")

    @precondition(has_answers)
    @rule(number=pick)
    def refresh(self, number: int) -> None:
        sale = self._answered(number)
        path = f"/api/v1/payments/{sale.shown_id}/refresh"
        answer = self.world.mortal(lambda: self.world.api.post({}, key=None, path=path))
        if answer is not None:
            assert (answer.status, answer.data["status"]) == (200, self._status(sale))

    def _answered(self, number: int) -> Sale:
        answered = [sale for sale in self.sales if sale.shown_id]
        return answered[number % len(answered)]

    def _status(self, sale: Sale) -> str:
        return str(self.world.api.payment(sale.shown_id).data["status"])

    # --- The payer and the gateways -------------------------------------------------------------------------------

    @precondition(has_sales)
    @rule(
        number=pick,
        cards=st.lists(st.sampled_from(["pm_card_visa", *CARDS]), min_size=1, max_size=3),
        is_told=st.sampled_from([True, True, False]),
    )
    def payer_pays(self, number: int, cards: list[str], is_told: bool) -> None:
        """Or tries to, and with another card again. Where the webhooks come at once, they are settled in between."""
        theirs = self._open_at_the_gateways()
        for card in cards if theirs else ():
            self.world.payer("pay", theirs[number % len(theirs)], card=card)
            if is_told:
                self.all_webhooks_come(newest_first=False)
                self.settle(None)

    @precondition(has_sales)
    @rule(number=pick, succeed=st.booleans())
    def payer_is_asked_by_the_bank(self, number: int, succeed: bool) -> None:
        self._at_the_gateway(number, "authenticate", succeed=succeed)

    @precondition(has_sales)
    @rule(number=pick)
    def somebody_cancels_at_the_gateways_pages(self, number: int) -> None:
        self._at_the_gateway(number, "cancel")

    def _at_the_gateway(self, number: int, what: str, **how: object) -> None:
        if theirs := self._open_at_the_gateways():
            self.world.payer(what, theirs[number % len(theirs)], **how)

    def _open_at_the_gateways(self) -> list[str]:
        return [row["gateway_payment_id"] for _, row in self.world.objects() if row["status"].startswith("requires")]

    @precondition(has_sales)
    @rule(
        what=st.sampled_from([None, "dies"]) | st.sampled_from(FAULTS),
        step=st.sampled_from(STEPS),
        operation=st.sampled_from(["create", "retrieve", "list", "cancel"]),
        till=st.sampled_from([0, 1]),
    )
    def something_goes_wrong(self, what: str | None, step: str, operation: str, till: int) -> None:
        """The next one to come to a step dies, the next call meets a fault, or all is well again."""
        match what:
            case None:
                self.world.calm()
            case "dies":
                self.world.die_at(step)
            case fault:
                self.world.fault(fault, operation=operation, till=till)

    # --- Webhooks -------------------------------------------------------------------------------------------------

    def _event(self, number: int) -> Event | None:
        """One that is on its way; 0 is the newest."""
        self.world.fetch()
        waiting = self.world.on_the_way
        return waiting[-1 - number % len(waiting)] if waiting else None

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
    @rule(number=pick, how=st.sampled_from(["stale", "forged", "amount", "currency", "reference", "livemode"]))
    def a_webhook_is_not_what_it_seems(self, number: int, how: str) -> None:
        """Too old, of somebody else's signature, or genuine and wrong."""
        event = self._event(number)
        if event is None:
            return
        if how not in ("stale", "forged"):
            self.world.mortal(lambda: self.world.deliver(self.world.lie(event, how)))
            self.settle(None)
            return
        age_seconds, secret = (1_000, "") if how == "stale" else (0, "whsec_of_somebody_else")
        answer = self.world.deliver(event, age_seconds=age_seconds, secret=secret)
        assert 400 <= answer.status < 500
        assert not InboundEvent.objects.filter(dedupe_key=event.id).exists()

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
            self.settle(None)

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


@pytest.mark.row("C2", "C3")
@pytest.mark.usefixtures("short_calls")
def test_whatever_happens_the_books_hold(levers: Levers) -> None:
    machine = type("Machine", (Payments,), {"levers": levers})

    run_state_machine_as_test(machine, settings=SETTINGS)

    _assert_much_happened()


def _assert_much_happened() -> None:
    """A machine that idles would prove nothing. What is rare may be missed where a slow machine turns answers late."""
    changes = PaymentHistory.objects.filter(changed=True)
    reached = {
        *Payment.objects.values_list("status", flat=True),
        *Payment.objects.values_list("flag", flat=True),
        *(f"by {source}" for source in changes.filter(status_after="completed").values_list("source", flat=True)),
    }
    if PaymentAttempt.objects.filter(number=2, state="succeeded").exists():
        reached.add("fallback")
    if LedgerTransaction.objects.exclude(reverses=None).exists():
        reached.add("reversal")
    missed = ENDS - reached
    assert len(missed) <= RARE_ENDS, f"never reached: {missed}"
