"""The transfer API of the first generation: forms, a token in the address, answers in nested lists."""

from typing import Any

import orjson

from simulator.cinetpay.codes import COUNTRIES, transfer_refusal
from simulator.cinetpay.moves import Moves
from simulator.cinetpay.notices import transfer_fields
from simulator.cinetpay.state import CHECKOUT_V2, Account, State, Transfer
from simulator.gateway import Call
from simulator.routing import Route
from simulator.wire import Json
from simulator.world import World

_LEAST, _MOST = 200, 1_500_000


class Transfers:
    def __init__(self, *, world: World, state: State, moves: Moves) -> None:
        self._world = world
        self._state = state
        self._moves = moves

    def routes(self) -> list[Route]:
        base = "/v1/transfer"
        return [
            Route(method="POST", path="/v1/auth/login", operation="login", handler=self.log_in),
            Route(method="POST", path=f"{base}/contact", operation="contact", handler=self.contact),
            Route(method="POST", path=f"{base}/money/send/contact", operation="transfer", handler=self.send),
            Route(method="GET", path=f"{base}/check/money", operation="check_transfer", handler=self.check),
            Route(method="POST", path=f"{base}/check/money", operation="check_transfer", handler=self.check),
            Route(method="GET", path=f"{base}/check/balance", operation="balance", handler=self.balance),
        ]

    def log_in(self, call: Call) -> Json:
        form = call.request.form_values()
        account = self._state.accounts.get(form.get("apikey", ""))
        if account is None or account.is_revoked or account.generation != CHECKOUT_V2:
            raise transfer_refusal("703", status=401)
        if not account.api_password or form.get("password") != account.api_password:
            raise transfer_refusal("701", status=401)
        return _said({"token": self._state.sign_in(account)})

    def contact(self, call: Call) -> Json:
        account = self._signed_in(call)
        made = []
        for item in _items(call):
            code = self._contact_code(item, account=account)
            if code == "0":
                account.contacts.append(_number(item))
                self._state.keep_account(account)
            status = "success" if code in ("0", "726") else "error"
            made.append({**item, "code": 0 if code == "0" else code, "status": status, "lot": self._lot()})
        return _said([made])

    def _contact_code(self, item: Json, *, account: Account) -> str:
        if not all(item.get(name) for name in ("prefix", "phone", "name", "surname", "email")):
            return "704"
        if not _is_phone(item, account=account):
            return "717"
        return "726" if _number(item) in account.contacts else "0"

    def send(self, call: Call) -> Json:
        account = self._signed_in(call)
        items = _items(call)
        for item in items:
            self._check_transfer(item, account=account)
        return _said([[self._start(item, account=account) for item in items]])

    def check(self, call: Call) -> Json:
        account = self._signed_in(call)
        asked = call.request.query_values() | (call.request.form_values() if call.request.method == "POST" else {})
        key = asked.get("client_transaction_id") or asked.get("transaction_id") or ""
        transfer = self._state.transfer(key, account=account.api_key)
        if transfer is None:
            raise transfer_refusal("723", status=404)
        return _said([[transfer_fields(transfer) | {"amount": transfer.amount}]])

    def balance(self, call: Call) -> Json:
        account = self._signed_in(call)
        total = account.purse + account.in_use
        return _said({"amount": total, "inUsing": account.in_use, "available": account.purse})

    def _signed_in(self, call: Call) -> Account:
        # In the body it counts as none at all.
        token = call.request.query_values().get("token", "")
        key, until = self._state.tokens.get(token, ("", 0))
        account = self._state.accounts.get(key)
        if account is None or account.is_revoked:
            raise transfer_refusal("706", status=401)
        if until <= self._world.now():
            raise transfer_refusal("705", status=401)
        return account

    def _check_transfer(self, item: Json, *, account: Account) -> None:
        if not item.get("notify_url"):
            raise transfer_refusal("725")
        if not item.get("client_transaction_id"):
            raise transfer_refusal("704")
        if (account.api_key, item["client_transaction_id"]) in self._state.transfers:
            raise transfer_refusal("805")
        if _number(item) not in account.contacts:
            raise transfer_refusal("724")
        amount = item.get("amount")
        if type(amount) is not int:
            raise transfer_refusal("801")
        if not _LEAST <= amount <= _MOST:
            raise transfer_refusal("719" if amount < _LEAST else "720")
        operators = [f"{name}{account.country}" for name in COUNTRIES[account.country][2]]
        if item.get("payment_method") and item["payment_method"] not in operators:
            raise transfer_refusal("721")
        if amount > account.purse:
            raise transfer_refusal("602")

    def _start(self, item: Json, *, account: Account) -> Json:
        transfer = Transfer(
            id=f"EA{self._world.token(length=14).upper()}",
            account=account.api_key,
            client_id=item["client_transaction_id"],
            notify_token="",
            amount=item["amount"],
            currency=account.currency,
            receiver=_number(item),
            operator=str(item.get("payment_method") or COUNTRIES[account.country][2][0] + account.country),
            lot=self._lot(),
            notify_url=str(item["notify_url"]),
            created=self._world.now(),
        )
        self._moves.start(transfer)
        return {
            **item,
            "code": 0,
            "status": "success",
            "transaction_id": transfer.id,
            "treatment_status": transfer.status,
            "lot": transfer.lot,
        }

    def _lot(self) -> str:
        return f"LOT{self._world.token(length=10).upper()}"


def _said(data: Any) -> Json:
    return {"code": 0, "message": "OPERATION_SUCCES", "data": data}


def _items(call: Call) -> list[Json]:
    """The form's field `data`: a JSON array written as text."""
    try:
        items = orjson.loads(call.request.form_values().get("data", ""))
    except orjson.JSONDecodeError:
        raise transfer_refusal("718") from None
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise transfer_refusal("716")
    return items


def _number(item: Json) -> str:
    return f"{item.get('prefix', '')}{item.get('phone', '')}"


def _is_phone(item: Json, *, account: Account) -> bool:
    phone = str(item["phone"])
    return str(item["prefix"]) == COUNTRIES[account.country][1] and phone.isdigit() and 8 <= len(phone) <= 10
