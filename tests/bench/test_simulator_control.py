"""The hand of the crash tests on the simulator: a prompt is answered, and what it forgets is written down."""

from collections.abc import Iterator

import pytest

from bench.chaos import overheard
from bench.chaos.overheard import Overheard
from bench.chaos.simulator import Control, ControlFailed
from simulator import process
from simulator.process import Simulator
from tests.simulator.momo_merchant import Merchant
from tests.simulator.receiver import Receiver


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    running = process.start(seed=7)
    yield running
    running.stop()


@pytest.fixture
def control(simulator: Simulator) -> Control:
    return Control(simulator.url)


@pytest.fixture
def merchant(simulator: Simulator) -> Iterator[Merchant]:
    found = Merchant(simulator, callback_host="127.0.0.1")
    yield found
    found.session.close()


def look(merchant: Merchant, fault: str, *, order: str) -> None:
    """Ask about an order of this name while this fault strikes."""
    asked = "2f6c1b6e-4f0a-4a39-9c57-" + f"{int(order.removeprefix('order-')):012d}"
    merchant.charge(reference=asked, externalId=order)
    merchant.running.world.script.add({"gateway": "mtn_momo", "operation": "retrieve", "fault": fault})
    merchant.status(asked)


def test_the_payer_answers_the_prompt_over_the_amount_and_no_other(control: Control, merchant: Merchant) -> None:
    merchant.charge(amount="13.37", externalId="order-1")
    merchant.charge(amount="13.38", externalId="order-2")

    control.pay("mtn_momo", "", amount=13_38)

    ends = {line["reference"]: line["status"] for line in merchant.books()["payments"]}
    assert ends == {"order-1": "PENDING", "order-2": "SUCCESSFUL"}
    with pytest.raises(ControlFailed, match="nothing on the phone"):
        control.pay("mtn_momo", "", amount=13_38)


def test_lies_are_remembered_and_heard_once(
    control: Control, merchant: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overheard, "_AT_ONCE", 2)
    heard = Overheard()
    look(merchant, "wrong_amount", order="order-1")
    for number in (2, 3, 4):
        look(merchant, "slow", order=f"order-{number}")

    heard.listen(control)
    first = set(heard.lied_about)
    look(merchant, "unknown_status", order="order-5")
    heard.listen(control)

    assert first == {"order-1"}
    assert heard.lied_about == {"order-1", "order-5"}


def test_an_error_of_a_gateway_that_keeps_none_leaves_nothing_for_a_person(
    control: Control, merchant: Merchant
) -> None:
    heard = Overheard()
    look(merchant, "status_500_not_executed", order="order-1")

    heard.listen(control)

    assert heard.kept_errors == set()


def test_a_webhook_that_was_taken_is_remembered(control: Control, merchant: Merchant) -> None:
    receiver, heard, asked = Receiver(), Overheard(), "2f6c1b6e-4f0a-4a39-9c57-000000000009"
    merchant.charge(reference=asked, externalId="order-9", headers={"X-Callback-Url": f"{receiver.url}/in"})

    control.end_prompt(asked, status="FAILED", reason="EXPIRED")
    control.call("POST", "/webhooks/drain")
    heard.listen(control)
    receiver.close()

    assert heard.acknowledged == {asked}
