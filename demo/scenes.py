"""The scenes of the demo: what a payment service must get right, each played and checked."""

from collections.abc import Callable, Iterator

from demo import ledger_view
from demo.stage import Stage
from demo.story import Story
from gateways.models import InboundEvent
from payments.models import Payment
from payments.models.history import Source

BAOBAB, TERANGA, KINOKO = "org-baobab", "org-teranga", "org-kinoko"


def card_sale(stage: Stage, story: Story) -> None:
    story.begin("A ticket for 25.00 EUR by card", "The payer confirms at the gateway; its signed webhook settles it.")
    before = ledger_view.available(BAOBAB, "EUR")
    created = stage.create(amount=2500, currency="EUR", seller=BAOBAB, description="1 ticket, Nuit 12")["data"]
    story.claim("the answer asks the payer to act", created["requiresAction"] and bool(created["clientSecret"]))
    stage.simulator.pay(stage.gateway_id(created["transactionId"]), card="pm_card_visa")
    payment = stage.wait_for(created["transactionId"], "completed")
    story.show_payment(payment)
    story.claim("the payment is completed", payment.status == "completed")
    story.claim("a webhook completed it", ledger_view.completed_by(payment) == Source.WEBHOOK)
    after = ledger_view.available(BAOBAB, "EUR")
    story.show_wallet("Baobab Productions", before=before, after=after)
    story.claim("commission is 4 % + 0.40 = 1.40 EUR", payment.commission_minor == 140)
    story.claim("the wallet rose by the net, 23.60 EUR", after.minor - before.minor == 2360)


def declined_card(stage: Stage, story: Story) -> None:
    story.begin("A declined card", "Daily life: nothing is booked, and the door at the gateway is closed.")
    before = ledger_view.available(BAOBAB, "EUR")
    created = stage.create(amount=4000, currency="EUR", seller=BAOBAB, description="1 ticket, balcony")["data"]
    intent = stage.gateway_id(created["transactionId"])
    stage.simulator.pay(intent, card="pm_card_visa_chargeDeclinedInsufficientFunds")
    payment = stage.wait_for(created["transactionId"], "failed")
    story.show_payment(payment)
    story.claim("the payment failed", payment.status == "failed")
    story.claim("the reason is kept", payment.failure_code == "insufficient_funds")
    story.claim("the wallet did not move", ledger_view.available(BAOBAB, "EUR") == before)
    closed = stage.until(lambda: payment.attempts.get().gateway_status == "canceled")
    story.claim("it can no longer be paid at the gateway", closed)


def three_d_secure(stage: Stage, story: Story) -> None:
    story.begin("3-D Secure", "The bank asks the payer first; only then is the card charged.")
    created = stage.create(amount=6500, currency="EUR", seller=BAOBAB, description="1 ticket, stage side")["data"]
    intent = stage.gateway_id(created["transactionId"])
    asked = stage.simulator.pay(intent, card="pm_card_authenticationRequired")
    story.claim("the bank wants to see the payer", asked["status"] == "requires_action")
    story.claim("nothing is paid yet", stage.get(created["transactionId"])["status"] == "requires_action")
    stage.simulator.authenticate(intent, succeed=True)
    payment = stage.wait_for(created["transactionId"], "completed")
    story.show_payment(payment)
    story.claim("the payment is completed", payment.status == "completed")


def xof_sale(stage: Stage, story: Story) -> None:
    story.begin("15 000 XOF", "A currency without decimals: 15000 is fifteen thousand, at the gateway too.")
    before = ledger_view.available(TERANGA, "XOF")
    created = stage.create(amount=15000, currency="XOF", seller=TERANGA, description="1 billet, Teranga Live")["data"]
    paid = stage.simulator.pay(stage.gateway_id(created["transactionId"]), card="pm_card_visa")
    story.claim("the gateway was asked for 15000", paid["payment_intent"]["amount"] == 15000)
    payment = stage.wait_for(created["transactionId"], "completed")
    story.show_payment(payment)
    after = ledger_view.available(TERANGA, "XOF")
    story.show_wallet("Teranga Live", before=before, after=after)
    story.claim("commission is 6 % + 100 = 1 000 XOF", payment.commission_minor == 1000)
    story.claim("the wallet rose by 14 000 XOF", after.minor - before.minor == 14000)


def webhook_three_times(stage: Stage, story: Story) -> None:
    story.begin("A webhook delivered three times", "Gateways repeat themselves; the books must not.")
    before = ledger_view.available(KINOKO, "EUR")
    created = stage.create(amount=3500, currency="EUR", seller=KINOKO, description="1 ticket, Kinoko")["data"]
    intent = stage.gateway_id(created["transactionId"])
    stage.simulator.fault(operation="webhook", fault="duplicate", count=3, times=None, match={"payment": intent})
    stage.simulator.pay(intent, card="pm_card_visa")
    payment = stage.wait_for(created["transactionId"], "completed")
    stage.simulator.drain()
    story.show_payment(payment)
    tries = stage.simulator.deliveries(intent, event_type="payment_intent.succeeded")
    stored = InboundEvent.objects.filter(payment_id=payment.pk, event_type="payment_intent.succeeded").count()
    story.claim(f"the gateway sent it {tries} times", tries == 3)
    story.claim("it was stored once", stored == 1)
    story.claim("it was booked once", len(ledger_view.lines(payment)) == 3)
    after = ledger_view.available(KINOKO, "EUR")
    story.show_wallet("Kinoko Festival", before=before, after=after)
    story.claim("the wallet rose once", after.minor - before.minor == payment.net.minor)


def webhook_never(stage: Stage, story: Story) -> Iterator[None]:
    created = stage.create(amount=1850, currency="EUR", seller=KINOKO, description="1 ticket, early bird")["data"]
    intent = stage.gateway_id(created["transactionId"])
    stage.simulator.fault(operation="webhook", fault="drop", times=None, match={"payment": intent})
    stage.simulator.pay(intent, card="pm_card_visa")
    yield
    story.begin("A webhook that never comes", "The sweep asks the gateway about every open payment.")
    payment = stage.wait_for(created["transactionId"], "completed", seconds=25)
    story.show_payment(payment)
    story.claim("the payment is completed", payment.status == "completed")
    story.claim("asking the gateway completed it", ledger_view.completed_by(payment) == Source.POLL)


def webhook_first(stage: Stage, story: Story) -> None:
    story.begin("A webhook before our own call returns", "It tells of a payment whose id we do not know yet.")
    before = ledger_view.available(KINOKO, "EUR")
    stage.simulator.fault(operation="create", fault="before_answer", times=1, delay_ms=700)
    answer = stage.create(
        amount=3500,
        currency="EUR",
        seller=KINOKO,
        description="1 ticket, saved card",
        fields={"paymentToken": "pm_card_visa"},
    )
    payment = stage.wait_for(answer["data"]["transactionId"], "completed")
    story.show_payment(payment)
    events = InboundEvent.objects.filter(event_type="payment_intent.succeeded", payment_id=payment.pk)
    applied = stage.until(lambda: events.filter(state="applied").count() == 1)
    story.claim("the webhook was kept, then applied to the payment", applied)
    event = events.first()
    arrived_first = event is not None and event.received_at < payment.history.get(version=2, changed=True).recorded_at
    story.claim("it arrived before the answer to our call", arrived_first)
    story.claim("it was booked once", len(ledger_view.lines(payment)) == 3)
    after = ledger_view.available(KINOKO, "EUR")
    story.claim("the wallet rose once", after.minor - before.minor == payment.net.minor)


def evening_rush(stage: Stage, story: Story) -> None:
    story.begin("Forty sales in a row", "To see how long money takes from webhook to wallet.")
    made = [
        stage.create(amount=2500, currency="EUR", seller=BAOBAB, description=f"rush {number}")["data"]["transactionId"]
        for number in range(40)
    ]
    for public_id in made:
        stage.simulator.pay(stage.gateway_id(public_id), card="pm_card_visa")
    numbers = [ledger_view.payment_of(public_id).pk for public_id in made]
    done = stage.until(lambda: Payment.objects.filter(pk__in=numbers, status="completed").count() == len(numbers))
    story.claim("all forty are completed", done)


SCENES = (
    card_sale,
    declined_card,
    three_d_secure,
    xof_sale,
    webhook_three_times,
    webhook_first,
)


def together(stage: Stage, story: Story, *scenes: Callable[[Stage, Story], Iterator[None]]) -> None:
    """Begin each, then tell one after the other: what has to wait for the sweep waits at the same time."""
    begun = [scene(stage, story) for scene in scenes]
    for each in begun:
        next(each)
    for each in begun:
        next(each, None)
