"""API v1: one pair of key and password per country, bearer tokens of a day, a number for every state."""

import re
from typing import Any

from simulator.cinetpay.codes import COUNTRIES, STATES_V1, TRANSFERS_V1, methods, v1_refusal
from simulator.cinetpay.moves import Moves
from simulator.cinetpay.state import API_V1, Account, Payment, State, Transfer
from simulator.gateway import Call
from simulator.routing import Route
from simulator.wire import Json
from simulator.world import World

_ID = re.compile(r"[A-Za-z0-9_-]{1,30}")
_PHONE = re.compile(r"\+[0-9]{10,15}")
_PAYMENT_REQUIRED = (
    "currency", "merchant_transaction_id", "amount", "designation", "client_email", "client_first_name",
    "client_last_name", "success_url", "failed_url", "notify_url",
)  # fmt: skip
_TRANSFER_REQUIRED = (
    "currency", "merchant_transaction_id", "phone_number", "amount", "payment_method", "reason", "notify_url",
)  # fmt: skip
_LENGTHS = {
    "designation": (1, 255), "client_first_name": (2, 255), "client_last_name": (2, 255), "success_url": (1, 120),
    "failed_url": (1, 120), "notify_url": (1, 120), "otp_code": (4, 6),
}  # fmt: skip
_FEE_PERCENT = 1


class ApiV1:
    def __init__(self, *, world: World, state: State, moves: Moves) -> None:
        self._world = world
        self._state = state
        self._moves = moves

    def routes(self) -> list[Route]:
        return [
            Route(method="POST", path="/v1/oauth/login", operation="login", handler=self.log_in),
            Route(method="POST", path="/v1/payment", operation="create", handler=self.create),
            Route(method="GET", path="/v1/payment/{id}", operation="check", handler=self.check),
            Route(method="POST", path="/v1/transfer", operation="transfer", handler=self.transfer),
            Route(method="GET", path="/v1/transfer/{id}", operation="check_transfer", handler=self.check_transfer),
            Route(method="GET", path="/v1/balances", operation="balance", handler=self.balance),
        ]

    def log_in(self, call: Call) -> Json:
        account = self._state.accounts.get(str(call.form.get("api_key", "")))
        is_right = account is not None and account.api_password == call.form.get("api_password")
        if account is None or not is_right or account.is_revoked or account.generation != API_V1:
            raise v1_refusal(1005, "INVALID_CREDENTIALS", status=401)
        token = self._state.sign_in(account)
        return {"code": 200, "status": "OK", "access_token": token, "token_type": "bearer", "expires_in": 86_400}

    def create(self, call: Call) -> Json:
        account = self._signed_in(call)
        form = call.form
        _check(form, required=_PAYMENT_REQUIRED, account=account, least=100, most=2_500_000)
        if form.get("channel", "PUSH") not in ("PUSH", "OTP", "QRCODE"):
            raise _invalid("channel")
        if form.get("payment_method") and form["payment_method"] not in methods(account.country, channels="ALL"):
            raise _invalid("payment_method")
        is_direct = form.get("direct_pay") is True
        if is_direct and not (form.get("payment_method") and form.get("client_phone_number")):
            raise _invalid("direct_pay needs client_phone_number and payment_method")
        key = form["merchant_transaction_id"]
        if (account.api_key, key) in self._state.payments:
            raise v1_refusal(1200, "TRANSACTION_EXIST")
        payment = self._new_payment(account, form=form, is_direct=is_direct)
        self._state.keep_payment(payment)
        code, name = STATES_V1[payment.state]
        details = {
            "code": code,
            "status": name,
            "message": "Confirm the payment on your telephone" if is_direct else "Open the payment page",
            "must_be_redirected": not is_direct,
        }
        page = "" if is_direct else f"{call.request.base_url}/pay/cinetpay/{payment.token}"
        return {
            "code": 200,
            "status": "OK",
            "payment_token": payment.token,
            "notify_token": payment.notify_token,
            "transaction_id": payment.own_id,
            "merchant_transaction_id": key,
            "payment_url": page,
            "details": details,
        }

    def check(self, call: Call) -> Json:
        account = self._signed_in(call)
        payment = self._state.payment(call.path["id"], account=account.api_key)
        if payment is None:
            raise v1_refusal(404, "NOT_FOUND", status=404)
        code, name = STATES_V1[payment.state]
        given = payment.given
        user = {
            "name": f"{given['client_first_name']} {given['client_last_name']}",
            "email": given["client_email"],
            "phone_number": given.get("client_phone_number", ""),
        }
        return {
            "code": code,
            "status": name,
            "transaction_id": payment.own_id,
            "merchant_transaction_id": payment.transaction_id,
            "user": user,
        }

    def transfer(self, call: Call) -> Json:
        account = self._signed_in(call)
        form = call.form
        _check(form, required=_TRANSFER_REQUIRED, account=account, least=100, most=1_500_000)
        operators = [f"{name}_{account.country}" for name in COUNTRIES[account.country][2]]
        prefix = COUNTRIES[account.country][1]
        if _PHONE.fullmatch(str(form["phone_number"])) is None or not form["phone_number"].startswith(f"+{prefix}"):
            raise _invalid("phone_number")
        if form["payment_method"] not in operators:
            raise _invalid("payment_method")
        key = form["merchant_transaction_id"]
        if (account.api_key, key) in self._state.transfers:
            raise v1_refusal(1200, "TRANSACTION_EXIST")
        if form["amount"] > account.purse:
            raise v1_refusal(2005, "INSUFFICIENT_BALANCE")
        transfer = Transfer(
            id=self._world.token(length=24).lower(),
            account=account.api_key,
            client_id=key,
            notify_token=self._world.token(length=32),
            amount=form["amount"],
            currency=form["currency"],
            receiver=form["phone_number"],
            operator=form["payment_method"],
            lot="",
            notify_url=form["notify_url"],
            created=self._world.now(),
        )
        self._moves.start(transfer)
        return _transfer_shape(transfer) | {"notify_token": transfer.notify_token}

    def check_transfer(self, call: Call) -> Json:
        account = self._signed_in(call)
        transfer = self._state.transfer(call.path["id"], account=account.api_key)
        if transfer is None:
            raise v1_refusal(404, "NOT_FOUND", status=404)
        return _transfer_shape(transfer)

    def balance(self, call: Call) -> Json:
        account = self._signed_in(call)
        return {
            "code": 200,
            "status": "OK",
            "available_balance": f"{account.purse}.00",
            "currency": account.currency,
        }

    def _signed_in(self, call: Call) -> Account:
        scheme, _, token = call.request.headers.get("authorization", "").partition(" ")
        key, until = self._state.tokens.get(token, ("", 0))
        account = self._state.accounts.get(key)
        if scheme != "Bearer" or account is None or account.generation != API_V1:
            raise v1_refusal(1002, "INVALID_TOKEN", status=401)
        if account.is_revoked or until <= self._world.now():
            raise v1_refusal(1003, "EXPIRED_TOKEN", status=401)
        return account

    def _new_payment(self, account: Account, *, form: Json, is_direct: bool) -> Payment:
        return Payment(
            token=self._world.token(length=48).lower(),
            account=account.api_key,
            transaction_id=form["merchant_transaction_id"],
            own_id=self._world.token(length=24).lower(),
            notify_token=self._world.token(length=32),
            amount=form["amount"],
            currency=form["currency"],
            created=self._world.now(),
            given=dict(form),
            state="waiting" if is_direct else "open",
            method=str(form.get("payment_method", "")) if is_direct else "",
        )


def _transfer_shape(transfer: Transfer) -> Json:
    code, name = TRANSFERS_V1[transfer.status]
    return {
        "code": code,
        "status": name,
        "transaction_id": transfer.id,
        "merchant_transaction_id": transfer.client_id,
        "amount": str(transfer.amount),
        "fee_amount": str(transfer.amount * _FEE_PERCENT // 100),
        "currency": transfer.currency,
    }


def _check(form: Json, *, required: tuple[str, ...], account: Account, least: int, most: int) -> None:
    for name in required:
        if form.get(name) in (None, ""):
            raise _invalid(f"{name} is required")
    for name, (shortest, longest) in _LENGTHS.items():
        if name in form and not shortest <= len(str(form[name])) <= longest:
            raise _invalid(f"{name} has {shortest} to {longest} characters")
    if _ID.fullmatch(str(form["merchant_transaction_id"])) is None:
        raise _invalid("merchant_transaction_id")
    amount: Any = form["amount"]
    if type(amount) is not int or not least <= amount <= most:
        raise _invalid(f"amount is a whole number between {least} and {most}")
    if form["currency"] not in COUNTRIES[account.country][0]:
        raise _invalid("currency")
    if form.get("client_phone_number") and _PHONE.fullmatch(str(form["client_phone_number"])) is None:
        raise _invalid("client_phone_number")


def _invalid(description: str) -> Exception:
    return v1_refusal(1004, "INVALID_PARAMS", description, status=422)
