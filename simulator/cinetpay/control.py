"""The control API of the CinetPay dialect: accounts, what a payer does, how transfers go on."""

from dataclasses import asdict, fields

from simulator.cinetpay.codes import COUNTRIES, REFUSALS
from simulator.cinetpay.moves import Moves, WrongMove
from simulator.cinetpay.notices import Notices
from simulator.cinetpay.state import API_V1, CHECKOUT_V2, Account, Payment, State, Transfer
from simulator.routing import PageHandler, Route
from simulator.wire import Json, NotHere, Request, Response, json_response
from simulator.world import World

OUTCOMES = {
    "accept": "paid",
    "refuse": "refused",
    "cancel": "cancelled",
    "expire": "expired",
    "wait": "waiting",
    "ask_code": "otp",
}
_SETTABLE = {each.name for each in fields(Account)} - {"in_use", "contacts"}


class Control:
    def __init__(self, *, world: World, state: State, moves: Moves, notices: Notices) -> None:
        self._world = world
        self._state = state
        self._moves = moves
        self._notices = notices

    def routes(self) -> list[Route]:
        handlers: dict[tuple[str, str], PageHandler] = {
            ("GET", "/accounts"): self.list_accounts,
            ("POST", "/accounts"): self.register,
            ("POST", "/payments/{id}/end"): self.end_payment,
            ("POST", "/payments/{id}/notify"): self.notify,
            ("POST", "/transfers/{id}/move"): self.move_transfer,
            ("POST", "/forget_tokens"): self.forget_tokens,
        }
        return [
            Route(method=method, path=f"/cinetpay{path}", operation="control", handler=handler)
            for (method, path), handler in handlers.items()
        ]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([asdict(account) for account in self._state.accounts.values()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """Make an account known, or change the fields given of one that is."""
        wanted = request.json()
        key = str(wanted.get("api_key", ""))
        if not key or (unknown := set(wanted) - _SETTABLE):
            raise ValueError("api_key is needed." if not key else f"There is no field {sorted(unknown)[0]!r}.")
        with self._world.lock:
            account = self._state.accounts.get(key) or Account(api_key=key)
            for name, value in wanted.items():
                setattr(account, name, value)
            _check(account)
            self._state.keep_account(account)
            return json_response(asdict(account))

    def end_payment(self, request: Request, path: dict[str, str]) -> Response:
        """The payer acts: {"outcome": "accept", "by": "OM_CI", "code": "602"}."""
        wanted = request.json()
        to = OUTCOMES.get(str(wanted.get("outcome")))
        code = str(wanted.get("code", "600"))
        if to is None or code not in REFUSALS:
            raise ValueError(f"outcome is one of {', '.join(OUTCOMES)}; code one of {', '.join(REFUSALS)}.")
        with self._world.lock:
            payment = self._payment(path["id"])
            try:
                self._moves.pay(payment, to=to, method=str(wanted.get("by", "")), refusal=code)
            except WrongMove as wrong:
                return json_response({"error": str(wrong), "state": payment.state}, status=409)
            return json_response(_shown(payment))

    def notify(self, _request: Request, path: dict[str, str]) -> Response:
        """Send the notification of a payment again."""
        with self._world.lock:
            self._notices.about_payment(self._payment(path["id"]))
        return json_response({"sent": 1})

    def move_transfer(self, request: Request, path: dict[str, str]) -> Response:
        """{"to": "REC", "NOS", "VAL" or "REJ", "comment": why}."""
        wanted = request.json()
        with self._world.lock:
            transfer = self._state.transfer(path["id"])
            if transfer is None:
                raise NotHere(f"There is no transfer {path['id']}.")
            try:
                self._moves.move(transfer, to=str(wanted.get("to")), comment=str(wanted.get("comment", "")))
            except WrongMove as wrong:
                return json_response({"error": str(wrong), "state": transfer.status}, status=409)
            return json_response(_shown_transfer(transfer))

    def forget_tokens(self, _request: Request, _path: dict[str, str]) -> Response:
        """As after their time: nobody is signed in any more."""
        with self._world.lock:
            count = len(self._state.tokens)
            self._state.tokens = {token: (key, 0) for token, (key, _) in self._state.tokens.items()}
        return json_response({"forgotten": count})

    def _payment(self, key: str) -> Payment:
        payment = self._state.payment(key)
        if payment is None:
            raise NotHere(f"There is no payment {key}.")
        return payment


def _check(account: Account) -> None:
    if account.generation not in (CHECKOUT_V2, API_V1):
        raise ValueError(f"generation is {CHECKOUT_V2} or {API_V1}.")
    if account.country not in COUNTRIES or account.currency not in COUNTRIES[account.country][0]:
        raise ValueError("country must be one that CinetPay serves, and currency one of its.")
    if account.generation == CHECKOUT_V2 and not account.site_id.isdigit():
        raise ValueError("site_id is a number.")
    if account.webhook_url and not account.webhook_url.startswith(("http://", "https://")):
        raise ValueError("webhook_url must begin with http:// or https://.")


def _shown(payment: Payment) -> Json:
    return {"transaction_id": payment.transaction_id, "state": payment.state, "method": payment.method}


def _shown_transfer(transfer: Transfer) -> Json:
    return {"client_transaction_id": transfer.client_id, "state": transfer.status}
