"""The control API for money that moves later: what banks and time do, driven without waiting for them."""

from collections.abc import Callable, Mapping
from typing import Any

from simulator.routing import PageHandler, Route
from simulator.stripe.accounts import Accounts
from simulator.stripe.disputes import Disputes
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Cause
from simulator.stripe.money_objects import dispute_shape, payout_shape, refund_shape, transfer_shape
from simulator.stripe.payouts import Payouts
from simulator.stripe.refunds import Refunds
from simulator.stripe.state import Account
from simulator.wire import Json, NotHere, Request, Response, json_response
from simulator.world import World


class MoneyControl:
    def __init__(
        self, *, world: World, accounts: Accounts, refunds: Refunds, disputes: Disputes, payouts: Payouts
    ) -> None:
        self._world = world
        self._accounts = accounts
        self._refunds = refunds
        self._disputes = disputes
        self._payouts = payouts

    def routes(self) -> list[Route]:
        handlers: dict[str, PageHandler] = {
            "/refunds/{id}": self.refund,
            "/payment_intents/{intent}/dispute": self.open_dispute,
            "/disputes/{id}": self.dispute,
            "/transfers/{id}/reverse": self.reverse,
            "/payouts/{id}": self.payout,
            "/settle": self.settle,
            "/connected_accounts": self.connect,
            "/bank_accounts": self.add_bank,
        }
        return [
            Route(method="POST", path=f"/stripe{path}", operation="control", handler=handler)
            for path, handler in handlers.items()
        ]

    def refund(self, request: Request, path: dict[str, str]) -> Response:
        """A refund becomes {"status": "succeeded" or "failed" or "canceled", "failure_reason"}."""
        wanted = request.json()
        with self._world.lock:
            refund = self._find("refunds", path["id"])
            status, reason = str(wanted.get("status", "")), str(wanted.get("failure_reason", "unknown"))
            return _tried(
                lambda: self._refunds.become(refund, status=status, reason=reason, cause=_cause(request)),
                lambda: refund_shape(refund),
            )

    def open_dispute(self, request: Request, path: dict[str, str]) -> Response:
        """The payer disputes: {"reason": "fraudulent", "inquiry": false}. Answers the dispute."""
        wanted = request.json()
        with self._world.lock:
            intent = self._accounts.intents.get(path["intent"])
            if intent is None:
                raise NotHere(f"There is no payment intent {path['intent']}.")
            reason, is_inquiry = str(wanted.get("reason", "fraudulent")), bool(wanted.get("inquiry", False))
            try:
                dispute = self._disputes.open(intent, reason=reason, is_inquiry=is_inquiry, cause=_cause(request))
            except StripeError as error:
                return json_response({"error": error.error}, status=409)
            return json_response(
                dispute_shape(dispute, account=self._accounts.of(intent.account), now=self._world.now())
            )

    def dispute(self, request: Request, path: dict[str, str]) -> Response:
        """The bank decides: {"status": "won" or "lost" or "under_review" or "warning_closed"}."""
        status = str(request.json().get("status", ""))
        with self._world.lock:
            dispute = self._find("disputes", path["id"])
            account = self._accounts.of(dispute.account)
            return _tried(
                lambda: self._disputes.become(dispute, status=status, cause=_cause(request)),
                lambda: dispute_shape(dispute, account=account, now=self._world.now()),
            )

    def reverse(self, request: Request, path: dict[str, str]) -> Response:
        """A transfer is taken back: {"amount"}, all of it when left out."""
        amount = request.json().get("amount")
        with self._world.lock:
            transfer = self._find("transfers", path["id"])
            return _tried(
                lambda: self._payouts.reverse(transfer, amount=amount, cause=_cause(request)),
                lambda: transfer_shape(transfer),
            )

    def payout(self, request: Request, path: dict[str, str]) -> Response:
        """A payout becomes {"status": "in_transit", "paid", "failed" or "canceled", "failure_code": "no_account"}."""
        wanted = request.json()
        with self._world.lock:
            payout = self._find("payouts", path["id"])
            status, code = str(wanted.get("status", "")), str(wanted.get("failure_code", "account_closed"))
            return _tried(
                lambda: self._payouts.become(payout, status=status, failure_code=code, cause=_cause(request)),
                lambda: payout_shape(payout),
            )

    def settle(self, request: Request, _path: dict[str, str]) -> Response:
        """The automatic payout of {"secret_key"}: everything held goes to the bank."""
        with self._world.lock:
            payouts = self._payouts.settle(self._account(request.json()), cause=_cause(request))
            return json_response({"payouts": [payout_shape(payout) for payout in payouts]})

    def connect(self, request: Request, _path: dict[str, str]) -> Response:
        """A connected account of {"secret_key"} that may receive transfers; answers its id."""
        return self._add(request, kind="acct", to="connected")

    def add_bank(self, request: Request, _path: dict[str, str]) -> Response:
        """A bank account of {"secret_key"} itself; answers its id."""
        return self._add(request, kind="ba", to="banks")

    def _add(self, request: Request, *, kind: str, to: str) -> Response:
        with self._world.lock:
            account = self._account(request.json())
            key = f"{kind}_1{self._world.token(length=15)}"
            getattr(account.record, to).append(key)
            self._accounts.keep_account(account.record)
            return json_response({"id": key})

    def _account(self, wanted: Json) -> Account:
        return self._accounts.open(str(wanted.get("secret_key", "")))

    def _find(self, collection: str, key: str) -> Any:
        for account in self._accounts.all():
            records: Mapping[str, Any] = getattr(account, collection)
            if key in records:
                return records[key]
        raise NotHere(f"There is nothing with the id {key}.")


def _cause(request: Request) -> Cause:
    return Cause(base_url=request.base_url)


def _tried(step: Callable[[], None], show: Callable[[], Json]) -> Response:
    """What became of it; a step that does not fit the status is the caller's mistake (409)."""
    try:
        step()
    except StripeError as error:
        return json_response({"error": error.error}, status=409)
    return json_response(show())
