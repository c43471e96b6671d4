"""The crash tests themselves: a buyer's next move, how a process dies at a step, and that the seed decides."""

import os
import random
import subprocess
import sys

from bench.chaos import trouble
from bench.chaos.sale import Answer, Plan, Sale, Wanted, plan
from bench.chaos.shops import HINTING, Account, Shop
from simulator.faults import FaultKind

SHOP = Shop(
    "odd", "key-of-nobody", (Account(1, "stripe", "sk_test_odd"), Account(2, "paypal", "Aodd")), falls_back=False
)
FALLING = Shop("second", "key-of-nobody", (Account(3, "paypal", "Bodd"),), falls_back=True)


def sale(wish: Plan, *, asks_again: bool = False) -> Sale:
    return Sale(1, SHOP, Wanted(wish, "stripe", asks_again, {"amount": 13_37, "currency": "EUR"}))


def made(status: str, http: int = 201, **data: object) -> Answer:
    shown = {"transactionId": "pay_1", "status": status, "gateway": "stripe", "amount": 13_37, "currency": "EUR"}
    return Answer("sale-1", http, {"data": shown | data})


def moves(one: Sale, *answers: Answer | None) -> list[str]:
    """The names of the moves of a buyer who gets these answers; None is no answer."""
    names = []
    for answer in answers:
        move = one.next_move()
        assert move is not None
        names.append(move.name)
        if answer is None:
            one.nothing_heard(move)
        else:
            one.answered(move, answer)
    last = one.next_move()
    return [*names, last.name] if last else names


def test_a_buyer_without_an_answer_sends_the_same_key_again() -> None:
    one = sale(Plan.PAY)
    busy = Answer("sale-1", 409, {"error": "IDEMPOTENCY_REQUEST_IN_PROGRESS"})
    broken = Answer("sale-1", 500, {"error": "INTERNAL_ERROR"})

    names = moves(one, None, busy, broken, made("requires_action", clientSecret="pi_1_secret_odd"))

    assert names == ["create", "create", "create", "create", "pay"]
    assert one.gateway_payment_id == "pi_1"
    assert [(answer.status, answer.data["amount"], "clientSecret" in answer.data) for answer in one.answers] == [
        (201, 13_37, False)
    ]


def test_what_is_in_doubt_is_looked_at_until_the_payer_can_act() -> None:
    one = sale(Plan.PAY)

    assert moves(one, made("processing", 202), made("requires_action", clientSecret="pi_1_secret_odd")) == [
        "create", "look", "pay",
    ]  # fmt: skip


def test_a_buyer_who_was_served_leaves_or_asks_again() -> None:
    assert moves(sale(Plan.TOKEN), made("completed")) == ["create"]
    assert moves(sale(Plan.TOKEN, asks_again=True), made("completed"), made("completed")) == ["create", "again"]


def test_who_is_asked_by_phone_pays_the_prompt_over_the_amount() -> None:
    one = sale(Plan.PAY)

    names = moves(one, made("processing", 202, gateway=HINTING), made("requires_action", gateway=HINTING))

    assert names == ["create", "look", "pay"]
    assert one.gateway_payment_id == ""


def test_no_two_are_asked_by_phone_for_the_same_amount() -> None:
    chance = random.Random(7)

    bodies = [wanted.body for number in range(300) if (wanted := plan(chance, number, shop=SHOP)).gateway == HINTING]

    assert len(bodies) > 20
    assert len({body["amount"] for body in bodies}) == len(bodies)
    assert {(body["currency"], body["paymentMethod"]) for body in bodies} == {("EUR", "mobile_money")}


def test_an_answer_that_nothing_was_sent_promises_nothing() -> None:
    one = sale(Plan.PAY)

    assert moves(one, made("failed", 503)) == ["create", "create"]
    assert one.answers == []


def test_the_seed_decides_who_buys_what_and_what_goes_wrong() -> None:
    def drawn(seed: int) -> list[object]:
        chance = random.Random(seed)
        return [*(plan(chance, number, shop=SHOP) for number in range(20)), trouble.choose(chance, calls=6)]

    assert drawn(7) == drawn(7) != drawn(8)


def test_every_fault_of_the_simulator_can_happen_but_the_one_that_says_anything() -> None:
    chance = random.Random(7)

    kinds = {str(fault["fault"]) for _ in range(60) for fault in trouble.choose(chance, calls=8)}

    assert set(FaultKind) - kinds == {FaultKind.SAY}


def test_the_first_gateway_of_a_shop_that_falls_back_is_busy() -> None:
    (fault,) = trouble.turned_away([SHOP, FALLING])

    assert (fault["gateway"], fault["operation"], fault["match"]) == ("paypal", "create", {"account": "Bodd"})


def test_deliveries_are_hurried_by_settings_alone() -> None:
    code = (
        "import django; django.setup();"
        "from events import http, schedule; from events.services import claims;"
        "print(http.TOTAL_SECONDS, claims.LEASE.total_seconds(), [wait.seconds for wait in schedule.SCHEDULE])"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "bench.chaos.settings"}

    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "1 1.5 [0, 1, 1, 1, 1, 1, 1, 1, 1, 1]"


def test_an_armed_process_dies_at_its_step_and_says_so_first() -> None:
    code = (
        "from bench.chaos import dying; from common import steps;"
        "dying.arm({'create.called', 'ask.called'}, passes=2, tell=lambda step: print(step, flush=True));"
        "[steps.at(step) for step in ('create.called', 'create.recorded', 'ask.called', 'create.concluded')];"
        "print('still here')"
    )

    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (died.returncode, died.stdout.split()) == (-9, ["ask.called"])
