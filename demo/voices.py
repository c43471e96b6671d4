"""How each gateway would have told its part of the month before: its own ids, words and ways, no call made."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from common.money import Money
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome
from payments.models.history import Source

Told = list[tuple[GatewayReport, Source]]
# Out of a hundred payers: what becomes of the others is a decline, a way back, or nothing at all.
_PAID, _DECLINED, _CANCELLED = 90, 96, 98


@dataclass(frozen=True, slots=True)
class Voice:
    """The gateway's words for each state. Where webhooks are hints, or the payer's approval is collected, we ask."""

    method: str
    id_prefix: str
    waiting: str
    paid: str
    declined: str
    closed: str
    declines: tuple[str, ...]
    news: Source = Source.POLL
    action: NextActionKind = NextActionKind.REDIRECT
    is_cancelable: bool = False


VOICES = {
    "stripe": Voice(
        "card",
        "pi_history",
        "requires_payment_method",
        "succeeded",
        "requires_payment_method",
        "canceled",
        ("insufficient_funds", "generic_decline", "expired_card"),
        news=Source.WEBHOOK,
        action=NextActionKind.CLIENT_SECRET,
        is_cancelable=True,
    ),
    "paypal": Voice("paypal", "HISTORY", "CREATED", "COMPLETED", "DECLINED", "VOIDED", ("capture_declined",)),
    "paystack": Voice("card", "history-", "abandoned", "success", "failed", "abandoned", ("insufficient_funds",)),
    "cinetpay": Voice("mobile_money", "history-", "PENDING", "ACCEPTED", "REFUSED", "REFUSED", ("602", "600")),
    "orange_money": Voice(
        "mobile_money", "att-history", "INITIATED", "SUCCESS", "FAILED", "EXPIRED", ("payment_failed",)
    ),
    "pagadito": Voice("card", "history", "REGISTERED", "COMPLETED", "FAILED", "CANCELED", ("FAILED",)),
}


def told(voice: Voice, chance: random.Random, *, number: int, amount: Money, at: datetime) -> Told:
    """What the gateway told about one payment, in order."""
    gateway_id = f"{voice.id_prefix}{number:06d}"

    def report(outcome: Outcome, status: str, moment: datetime, error: str = "") -> GatewayReport:
        return _report(outcome, status, gateway_id, amount, moment, error=error)

    waiting = GatewayReport(
        outcome=Outcome.REQUIRES_ACTION,
        gateway_payment_id=gateway_id,
        amount=amount,
        occurred_at=at + timedelta(milliseconds=chance.randrange(180, 900)),
        next_action=NextAction(voice.action, _address(voice, gateway_id)),
        gateway_status=voice.waiting,
    )
    later = at + timedelta(seconds=chance.randrange(25, 240))
    begun: Told = [(waiting, Source.ANSWER)]
    throw = chance.randrange(100)
    if throw < _PAID:
        return [*begun, (report(Outcome.SUCCEEDED, voice.paid, later), voice.news)]
    if throw < _DECLINED:
        declined = report(Outcome.DECLINED, voice.declined, later, chance.choice(voice.declines))
        closed = report(Outcome.CANCELLED, voice.closed, later + timedelta(seconds=3))
        return [*begun, (declined, voice.news), *([(closed, Source.POLL)] if voice.is_cancelable else [])]
    if throw < _CANCELLED:
        return [*begun, (report(Outcome.CANCELLED, voice.closed, later), Source.POLL)]
    return [*begun, (report(Outcome.EXPIRED, voice.closed, at + timedelta(minutes=19)), Source.POLL)]


def _address(voice: Voice, gateway_id: str) -> str:
    is_secret = voice.action is NextActionKind.CLIENT_SECRET
    return f"{gateway_id}_secret" if is_secret else f"https://gateway.example/pay/{gateway_id}"


def _report(
    outcome: Outcome, status: str, gateway_id: str, amount: Money, at: datetime, *, error: str
) -> GatewayReport:
    return GatewayReport(
        outcome=outcome,
        gateway_payment_id=gateway_id,
        amount=amount,
        occurred_at=at,
        gateway_status=status,
        error_code=error,
        raw={"id": gateway_id, "status": status} | ({"error": error} if error else {}),
    )
