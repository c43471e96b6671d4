"""One buyer: what is wanted, what was asked and answered so far, and what to do next. No input or output here."""

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.chaos.shops import HINTING, PAYEES, Shop

PAYMENTS = "/api/v1/payments"
_RETRY_SECONDS = (0.05, 0.6, 1.0, 1.6)
_TRIES_MAX = 60
# Of these the request was carried out: what they say is promised.
CARRIED_OUT = frozenset({200, 201, 202, 402})


class Plan(StrEnum):
    """What the buyer is going to do once the payment is made."""

    TOKEN = "token"
    DECLINED = "declined"
    PAY = "pay"
    ABANDON = "abandon"
    CANCEL = "cancel"
    PAY_AND_CANCEL = "pay_and_cancel"
    OTHER_KEY = "other_key"


_WEIGHTS = {
    Plan.TOKEN: 30,
    Plan.DECLINED: 6,
    Plan.PAY: 40,
    Plan.ABANDON: 6,
    Plan.CANCEL: 8,
    Plan.PAY_AND_CANCEL: 5,
    Plan.OTHER_KEY: 5,
}

_GATEWAYS, _SHARES = ("stripe", "paypal", HINTING), (40, 30, 30)


@dataclass(frozen=True, slots=True)
class Answer:
    key: str
    status: int
    json: Any

    @property
    def is_promise(self) -> bool:
        return self.status in CARRIED_OUT and bool(self.data.get("transactionId"))

    @property
    def data(self) -> dict[str, Any]:
        found = self.json.get("data") if isinstance(self.json, dict) else None
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Move:
    name: str
    method: str = "POST"
    path: str = ""
    key: str = ""
    body: Any = None
    is_payment: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    plan: Plan
    gateway: str
    asks_again: bool
    body: dict[str, Any]


def plan(chance: random.Random, number: int, *, shop: Shop) -> Wanted:
    """Decide by the seed what a buyer wants. A token is good at one gateway only, so who has one does not fall back.

    Who pays by phone is asked for an amount that nobody else is asked for.
    """
    (wish,) = chance.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()))
    if shop.falls_back and wish in (Plan.TOKEN, Plan.DECLINED):
        wish = Plan.PAY
    has_choice = not shop.falls_back and wish not in (Plan.TOKEN, Plan.DECLINED)
    gateway = chance.choices(_GATEWAYS, weights=_SHARES)[0] if has_choice else "stripe"
    currency = "XOF" if gateway == "stripe" and not shop.falls_back and chance.random() < 0.25 else "EUR"
    body: dict[str, Any] = {
        "amount": chance.randrange(2_000, 90_000),
        "currency": currency,
        "purpose": "ticket_sale",
        "payee": {"ownerType": "organizer", "ownerId": f"org-{chance.randrange(PAYEES)}", "name": "Chaos Nights"},
        "orderId": f"order-{number}",
        "returnUrl": "https://shop.example/back",
    }
    if shop.falls_back:
        body["preferredGateways"] = ["paypal"]
    else:
        body["gateway"] = gateway
    if gateway == HINTING:
        body |= {"paymentMethod": "mobile_money", "customerPhone": "+46733120001", "amount": 2_000 + number}
    if wish is Plan.TOKEN:
        body["paymentToken"] = "pm_card_visa"
    if wish is Plan.DECLINED:
        body["paymentToken"] = "pm_card_visa_chargeDeclinedInsufficientFunds"
    return Wanted(wish, gateway, chance.random() < 0.25, body)


def _kept(data: dict[str, Any]) -> dict[str, Any]:
    """What is held against our tables later: thousands of answers are kept to the end."""
    return {name: data[name] for name in ("transactionId", "amount", "currency", "status") if name in data}


@dataclass(slots=True)
class Sale:
    """`answers` are all that promised something; `seen` is the furthest status an answer told of."""

    number: int
    shop: Shop
    wanted: Wanted
    answers: list[Answer] = field(default_factory=list)
    transaction_id: str = ""
    gateway_payment_id: str = ""
    gateway: str = ""
    status: str = ""
    pause_seconds: float | None = 0.0
    tries: int = 0
    _stage: str = "create"

    @property
    def key(self) -> str:
        return f"sale-{self.number}"

    @property
    def waits_for_an_answer(self) -> bool:
        return self._stage in ("create", "again", "other")

    def next_move(self) -> Move | None:
        """None when the buyer has left."""
        self.tries += 1
        if self.tries > _TRIES_MAX:
            return None
        path = f"{PAYMENTS}/{self.transaction_id}"
        match self._stage:
            case "create" | "again":
                return Move(self._stage, path=PAYMENTS, key=self.key, body=self.wanted.body)
            case "other":
                return Move("other", path=PAYMENTS, key=f"{self.key}-b", body=self.wanted.body)
            case "look":
                return Move("look", method="GET", path=path)
            case "pay":
                return Move("pay", is_payment=True)
            case "cancel":
                return Move("cancel", path=f"{path}/cancel", body={})
            case _:
                return None

    @property
    def can_pay(self) -> bool:
        """By the gateway's id of it, or by the prompt on the phone."""
        return bool(self.gateway_payment_id) or (self.gateway == HINTING and self.status == "requires_action")

    def answered(self, move: Move, answer: Answer) -> None:
        if answer.status >= 500 or answer.json.get("error") == "IDEMPOTENCY_REQUEST_IN_PROGRESS":
            self.nothing_heard(move)
            return
        if answer.is_promise and move.name != "look":
            self.answers.append(Answer(answer.key, answer.status, {"data": _kept(answer.data)}))
        if move.name in ("create", "look") and answer.is_promise:
            self._learn(answer.data)
        self._go_on(move, answer)

    def nothing_heard(self, move: Move) -> None:
        """The same again, at once or after the time in which a dead process still holds the key."""
        self.pause_seconds = _RETRY_SECONDS[min(self.tries, len(_RETRY_SECONDS)) - 1]

    def paid(self) -> None:
        if self.wanted.plan is Plan.PAY_AND_CANCEL:
            self._turn("cancel")
        else:
            self._turn("again" if self.wanted.asks_again else "end")

    def refused_at_gateway(self) -> None:
        """The payer's page is closed by now, or the gateway is away: this buyer looks once more and leaves."""
        self._turn("cancel" if self.wanted.plan is Plan.PAY_AND_CANCEL else "end", after=0.1)

    def _learn(self, data: dict[str, Any]) -> None:
        self.transaction_id = data["transactionId"]
        self.status, self.gateway = data["status"], data["gateway"]
        secret, page = data.get("clientSecret", ""), data.get("redirectUrl", "")
        if secret:
            self.gateway_payment_id = secret.partition("_secret")[0]
        elif page and self.gateway == "paypal":
            self.gateway_payment_id = parse_qs(urlsplit(page).query).get("token", [""])[0]

    def _go_on(self, move: Move, answer: Answer) -> None:
        is_over = self.status in ("completed", "failed", "cancelled", "expired")
        match move.name:
            case "create" | "look" if not answer.is_promise:
                self._turn("end")
            case "create" | "look" if is_over:
                self._turn("again" if self.wanted.asks_again and move.name == "create" else "end")
            case "create" | "look":
                self._act()
            case "cancel" if answer.status == 202:
                self._turn("cancel", after=0.5)
            case "other":
                self._turn("pay" if self.can_pay else "look", after=0.1)
            case _:
                self._turn("end")

    def _act(self) -> None:
        """The payment is open: what this buyer does about it."""
        wish = self.wanted.plan
        if wish is Plan.ABANDON:
            self._turn("again" if self.wanted.asks_again else "end")
        elif wish is Plan.CANCEL:
            self._turn("cancel")
        elif wish is Plan.OTHER_KEY and self._stage == "create":
            self._turn("other")
        elif self.can_pay:
            self._turn("pay")
        else:
            self._turn("look", after=0.4)

    def _turn(self, stage: str, *, after: float = 0.0) -> None:
        if stage != self._stage:
            self.tries = min(self.tries, _TRIES_MAX // 2)
        self._stage = stage
        self.pause_seconds = after if stage != "end" else None
