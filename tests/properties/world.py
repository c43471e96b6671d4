"""A merchant, payers, gateways and a bank, and what each of them can do: the world that the state machine drives.

The API runs in this process, PostgreSQL and the simulator are what they always are. Webhooks are the simulator's own
events, fetched from its list and carried by hand, so that their order is up to the machine.
"""

import itertools
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.test import Client

from commissions.pricing import Rate
from common import clock, ids, steps
from common.remembered import forget_everything
from gateways.models import Breaker, GatewayAccount, InboundEvent
from payments.models import PaymentAttempt
from reconciliation.invariants import verify_books
from tests.support.api import Api, api_of
from tests.support.bank import imported, make_bank_account
from tests.support.camt import Entry, camt
from tests.support.factories import make_gateway_account, make_merchant, make_plan
from tests.support.simulator import Levers
from tests.support.web import Answer
from tests.support.webhooks import signature_of
from wallets import accounts

Result = TypeVar("Result")

# Per currency: percent and fixed part, in minor units. None, two and three decimals.
TERMS = {
    "EUR": (Decimal("4"), 31),
    "XOF": (Decimal("2.5"), 500),
    "TND": (Decimal("3.333"), 250),
}
LATER = {
    "a minute": timedelta(minutes=1),
    "twenty minutes": timedelta(minutes=20),
    "half a day": timedelta(hours=13),
    "a day": timedelta(hours=25),
    "two weeks": timedelta(days=15),
}
# A refusal that may pass at another account.
_TRY_ELSEWHERE = json.dumps({"error": {"type": "invalid_request_error", "code": "amount_too_small", "message": "Odd."}})
_numbers = itertools.count(1)


class Died(BaseException):
    """The process is gone: nothing of ours catches this, and open transactions are rolled back."""


@dataclass(frozen=True)
class Till:
    """One Stripe account of the merchant, and where its webhooks go."""

    account: GatewayAccount
    secret_key: str
    webhook_secret: str

    @property
    def path(self) -> str:
        return f"/webhooks/stripe/{ids.show(ids.GATEWAY_ACCOUNT, self.account.public_id)}"


@dataclass(frozen=True)
class Event:
    """A webhook on its way."""

    till: Till
    body: bytes

    @property
    def id(self) -> str:
        return str(json.loads(self.body)["id"])


class World:
    """One merchant with two Stripe accounts and a bank account, all of its own."""

    def __init__(self, levers: Levers) -> None:
        self.levers = levers
        self.calm()
        _put_aside()
        # What an example that failed has left in the books is not this one's.
        self.known = verify_books(now=clock.now()).differences
        accounts.forget()
        self.merchant = make_merchant()
        self.tenant = self.merchant.tenant
        for currency in ("XOF", "TND"):
            percent, fixed = TERMS[currency]
            make_plan(self.tenant, currency=currency, rate=Rate(percent=percent, fixed_minor=fixed))
        first = Till(self.merchant.account, self.merchant.secret_key, self.merchant.webhook_secret)
        self.tills = (first, self._second_till())
        self.bank = make_bank_account(self.merchant)
        self.api: Api = api_of(self.merchant)
        self._client = Client()
        self.on_the_way: list[Event] = []
        self.files: list[bytes] = []
        self.banked = 0
        # What persons booked, by wallet.
        self.moved: Counter[int] = Counter()
        self._seen: dict[Till, str] = {}
        self._dies_at = ""

    def _second_till(self) -> Till:
        mark = ids.uuid7().hex
        secrets = {"secret_key": f"sk_test_{mark}", "webhook_secret": f"whsec_{mark}"}
        return Till(make_gateway_account(self.tenant, secrets=secrets, priority=200), **secrets)

    # --- Processes that die ---------------------------------------------------------------------------------------

    def die_at(self, step: str) -> None:
        """Whoever comes to this step next does not live to see the next one."""
        self._dies_at = step
        steps.listen(self._passes)

    def _passes(self, step: str) -> None:
        if step == self._dies_at:
            self.live()
            raise Died(step)

    def live(self) -> None:
        self._dies_at = ""
        steps.listen(None)

    def mortal(self, work: Callable[[], Result]) -> Result | None:
        """What it returns, and None where the process died of it."""
        try:
            return work()
        except Died:
            return None

    # --- The gateways' side ---------------------------------------------------------------------------------------

    def fault(self, kind: str, *, operation: str = "create", till: int = 0) -> None:
        match = {"account": self.tills[till].secret_key}
        more = {"status": 400, "body": _TRY_ELSEWHERE} if kind == "say" else {}
        self.levers.fault(kind, operation=operation, delay_ms=700, match=match, **more)

    def calm(self) -> None:
        """No fault is in the way any more, and no circuit is open."""
        self.levers.clear_faults()
        Breaker.objects.all().delete()
        forget_everything()

    def objects(self) -> list[tuple[Till, dict[str, Any]]]:
        """Everything that the gateways have in their books for this merchant."""
        books = ((till, self.levers.control("GET", f"/books?account={till.secret_key}")) for till in self.tills)
        return [(till, row) for till, book in books for found in book["accounts"] for row in found["payments"]]

    def payer(self, what: str, gateway_payment_id: str, **how: Any) -> None:
        """The payer, or somebody at the gateway's own pages, does this; what does not fit is refused there."""
        try:
            self.levers.control("POST", f"/stripe/payment_intents/{gateway_payment_id}/{what}", **how)
        except urllib.error.HTTPError as refused:
            if refused.code != 409:
                raise

    # --- Webhooks -------------------------------------------------------------------------------------------------

    def fetch(self) -> None:
        """Put what the gateways have told since the last time on its way."""
        for till in self.tills:
            page = self._list(till, f"&ending_before={self._seen[till]}" if till in self._seen else "")
            if page:
                self._seen[till] = page[0]["id"]
            self.on_the_way += [Event(till, json.dumps(event).encode()) for event in reversed(page)]

    def _list(self, till: Till, after: str) -> list[dict[str, Any]]:
        address = f"{self.levers.url}/stripe/v1/events?limit=100{after}"
        request = urllib.request.Request(address, headers={"Authorization": f"Bearer {till.secret_key}"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            page = json.loads(answer.read())
        assert not page["has_more"], "more news than one page holds"
        return list(page["data"])

    def deliver(self, event: Event, *, age_seconds: int = 0, secret: str = "") -> Answer:
        stamp = signature_of(event.body, secret=secret or event.till.webhook_secret, age_seconds=age_seconds)
        headers = {"Stripe-Signature": stamp}
        answer = self._client.post(event.till.path, event.body, content_type="application/json", headers=headers)
        return Answer(answer.status_code, {}, answer.content)

    def lie(self, event: Event, lie: str) -> Event:
        """A success that never was, of something else than was asked, signed as genuinely: a gateway that is wrong."""
        told = json.loads(event.body)
        intent = told["data"]["object"]
        told |= {"id": f"evt_lie{next(_numbers)}", "type": "payment_intent.succeeded"}
        intent |= {"object": "payment_intent", "status": "succeeded", "amount_received": intent["amount"]}
        match lie:
            case "amount":
                intent |= {"amount": intent["amount"] - 10, "amount_received": intent["amount"] - 10}
            case "currency":
                intent["currency"] = "usd"
            case "reference":
                intent["metadata"] = {"reference": "att_" + "0" * 32}
            case "livemode":
                told["livemode"] = intent["livemode"] = True
        return Event(event.till, json.dumps(told).encode())

    # --- The bank -------------------------------------------------------------------------------------------------

    def transfer(self, minor: int, text: str) -> None:
        """Money comes to the bank account, and somebody imports the statement that says so."""
        number = next(_numbers)
        amount = f"{minor // 100}.{minor % 100:02}"
        today = clock.now().date().isoformat()
        entry = Entry(amount, text=text, day=today, bank_reference=f"B-{number}")
        self.files.append(camt(entry, statement_id=f"STM-{number}"))
        self.banked += minor
        assert self.import_file(-1).was_known is False

    def import_file(self, pick: int) -> Any:
        return imported(self.bank, self.files[pick], now=clock.now(), name=f"bank-{pick}.xml")


def _put_aside() -> None:
    """Whoever came before, also where it failed half-way, is neither asked about nor settled any more."""
    open_attempts = PaymentAttempt.objects.exclude(next_check_at=None)
    open_attempts.update(next_check_at=clock.now() + timedelta(days=3650))
    InboundEvent.objects.filter(state__in=["received", "parked"]).update(state="dead")
