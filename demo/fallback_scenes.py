"""Another gateway is tried when nothing can come of the first, and never while that is not known."""

import time
from collections.abc import Iterator
from typing import Any

from demo import gateway_books, ledger_view
from demo.stage import Stage
from demo.story import Story
from payments.models import Payment

LOTUS = "des-lotus"
# The calls by which gateways are asked for money.
_CHARGES = frozenset({"create", "initialize", "exec_trans"})


def safe_fallback(stage: Stage, story: Story) -> None:
    story.begin(
        "A gateway that refuses the connection", "Nothing was sent, so nothing can come of it: the next takes over."
    )
    before = ledger_view.available(LOTUS, "USD")
    stage.simulator.fault(gateway="pagadito", operation="connect", fault="refuse")
    answer = _ask(stage, amount=3900)
    created = answer["data"]
    story.claim(
        "the caller got a way to pay at once", answer["httpStatus"] == 201 and bool(created.get("clientSecret"))
    )
    stage.simulator.pay(stage.gateway_id(created["transactionId"]), card="pm_card_visa")
    payment = stage.wait_for(created["transactionId"], "completed")
    attempts = stage.routing(created["transactionId"])
    first, second = attempts
    story.show_routing(attempts, currency="USD")
    story.show_payment(payment)
    story.claim("Pagadito was chosen first, and was not reached", (first["gateway"], first["state"]) == _NOT_SENT)
    story.claim("Stripe took it, under a reference of its own", second["gateway"] == "stripe" and _differ(payment))
    story.claim("Pagadito's book knows nothing of it, Stripe's has it once", _taken(stage, payment) == [[], [3900]])
    after = ledger_view.available(LOTUS, "USD")
    story.show_wallet("Lotus Templates", before=before, after=after)
    story.claim("the wallet rose by the net, 31.20 USD", after.minor - before.minor == 3120)


def unknown_outcome(stage: Stage, story: Story) -> Iterator[None]:
    before = ledger_view.available(LOTUS, "USD")
    since = time.time()
    stage.simulator.fault(gateway="pagadito", operation="exec_trans", fault="execute_then_reset")
    answer = _ask(stage, amount=1500)
    public_id = answer["data"]["transactionId"]
    state = stage.routing(public_id)[0]["state"]
    yield
    story.begin(
        "A gateway that acts and falls silent",
        "Nobody knows what became of it: no other gateway is tried, it is asked.",
    )
    is_in_doubt = (answer["httpStatus"], answer["data"]["status"]) == (202, "processing")
    story.claim("the caller is told the truth: not known yet", is_in_doubt)
    story.claim("the attempt is kept as unknown", state == "unknown")
    found = stage.until(lambda: stage.get(public_id)["status"] == "requires_action", seconds=25)
    story.claim("asked by the sweep, Pagadito knows it and tells its page", found)
    stage.simulator.control(f"pagadito/transactions/{stage.gateway_id(public_id)}/end", status="COMPLETED")
    payment = stage.wait_for(public_id, "completed")
    story.show_routing(stage.routing(public_id), currency="USD")
    story.show_payment(payment)
    _claim_nobody_else_was_asked(stage, story, since=since)
    story.claim("it was paid once", payment.status == "completed" and _taken(stage, payment) == [[1500]])
    after = ledger_view.available(LOTUS, "USD")
    story.show_wallet("Lotus Templates", before=before, after=after)
    story.claim("the wallet rose by the net, 12.00 USD", after.minor - before.minor == 1200)


def _claim_nobody_else_was_asked(stage: Stage, story: Story, *, since: float) -> None:
    calls = [call for call in stage.simulator.calls_since(since) if call["operation"] in _CHARGES]
    asked = [call for call in calls if call["gateway"] == "pagadito"]
    elsewhere = len(calls) - len(asked)
    story.claim(f"any other gateway was asked for money {elsewhere} times, by the simulator's journal", not elsewhere)
    story.claim("Pagadito was asked for the money once", len(asked) == 1)


_NOT_SENT = ("pagadito", "not_sent")


def _ask(stage: Stage, *, amount: int) -> dict[str, Any]:
    """A card in El Salvador: Pagadito by the tenant's rule, and Stripe could take it too."""
    return stage.create(
        amount=amount, currency="USD", seller=LOTUS, description="1 template, Lotus Templates", fields={"country": "SV"}
    )


def _differ(payment: Payment) -> bool:
    one, two = (attempt.reference for attempt in payment.attempts.order_by("number"))
    return one != two


def _taken(stage: Stage, payment: Payment) -> list[list[int]]:
    """Per attempt, what its gateway's own book says it took."""
    books = stage.simulator.books()
    attempts = payment.attempts.select_related("gateway_account").order_by("number")
    return [gateway_books.taken(books, attempt) for attempt in attempts]
