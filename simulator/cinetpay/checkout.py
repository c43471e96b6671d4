"""Checkout v2: create a payment, ask about it. Key and site travel in the JSON body."""

from typing import Any

from simulator.cinetpay.codes import CHANNELS, COUNTRIES, REFUSALS, STATES_V2, refusal
from simulator.cinetpay.notices import written
from simulator.cinetpay.state import CHECKOUT_V2, Account, Payment, State
from simulator.gateway import Call
from simulator.routing import Route
from simulator.wire import Json
from simulator.world import World

_REQUIRED = ("transaction_id", "amount", "currency", "description", "notify_url", "return_url", "channels")
_FOR_CARDS = (
    "customer_name", "customer_surname", "customer_email", "customer_phone_number", "customer_address",
    "customer_city", "customer_country", "customer_state", "customer_zip_code",
)  # fmt: skip
# What is published of the least; the most is what clients of the gateway use.
_LIMITS = {"XOF": (100, 2_000_000), "XAF": (100, 2_000_000), "CDF": (400, 5_000_000), "GNF": (100, 20_000_000)}


class Checkout:
    def __init__(self, *, world: World, state: State) -> None:
        self._world = world
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route(method="POST", path="/v2/payment", operation="create", handler=self.create),
            Route(method="POST", path="/v2/payment/check", operation="check", handler=self.check),
        ]

    def create(self, call: Call) -> Json:
        account = self._signed_in(call)
        form = call.form
        missing = [name for name in _REQUIRED if form.get(name) in (None, "")]
        if missing:
            raise _invalid(f"{missing[0]} is required")
        self._check_fields(form, account=account)
        key = form["transaction_id"]
        if (account.api_key, key) in self._state.payments:
            raise _invalid("This transaction_id was used already")
        payment = Payment(
            token=self._world.token(length=48).lower(),
            account=account.api_key,
            transaction_id=key,
            own_id=self._world.token(length=20),
            notify_token="",
            amount=form["amount"],
            currency=form["currency"],
            created=self._world.now(),
            given={name: value for name, value in form.items() if name != "apikey"},
        )
        self._state.keep_payment(payment)
        data = {
            "payment_token": payment.token,
            "payment_url": f"{call.request.base_url}/pay/cinetpay/{payment.token}",
        }
        return self._said("201", "CREATED", "Transaction created with success", data)

    def check(self, call: Call) -> Json:
        account = self._signed_in(call)
        key = str(call.form.get("transaction_id") or call.form.get("token") or "")
        if not key:
            raise _invalid("transaction_id or token is required")
        payment = self._state.payment(key, account=account.api_key)
        if payment is None:
            raise refusal("404", "TRANSACTION_NOT_FOUND", "No such transaction", status=404)
        code, message, status = STATES_V2[payment.state]
        if payment.state == "refused":
            code, message = payment.refusal, REFUSALS[payment.refusal]
        data = {
            "amount": str(payment.amount),
            "currency": payment.currency,
            "status": status,
            "payment_method": payment.method,
            "description": str(payment.given.get("description", "")),
            "metadata": payment.given.get("metadata"),
            "operator_id": payment.operator_id or None,
            "payment_date": written(payment.ended),
            "fund_availability_date": written(payment.ended + 86_400) if payment.state == "paid" else "",
        }
        return self._said(code, message, "", data)

    def _signed_in(self, call: Call) -> Account:
        request = call.request
        if not request.headers.get("user-agent"):
            raise refusal("1010", "NO_USER_AGENT", status=403)
        if not request.headers.get("content-type", "").startswith("application/json"):
            raise refusal("403", "FORBIDDEN", "Send application/json", status=403)
        if "" in call.form:
            raise _invalid("The body is not a JSON object")
        account = self._state.accounts.get(str(call.form.get("apikey", "")))
        if account is None or account.is_revoked or account.generation != CHECKOUT_V2:
            raise refusal("609", "AUTH_NOT_FOUND", status=403)
        if str(call.form.get("site_id", "")) != account.site_id:
            raise refusal("613", "ERROR_SITE_ID_NOTVALID", status=403)
        return account

    def _check_fields(self, form: Json, *, account: Account) -> None:
        currencies = COUNTRIES[account.country][0]
        if form["currency"] not in currencies:
            raise _invalid(f"currency must be {' or '.join(currencies)}")
        _check_amount(form["amount"], currency=form["currency"])
        if form["channels"] not in CHANNELS:
            raise _invalid(f"channels must be one of {', '.join(CHANNELS)}")
        if not isinstance(form["transaction_id"], str) or len(form["transaction_id"]) > 100:
            raise _invalid("transaction_id is a text of at most 100 characters")
        if not isinstance(form.get("metadata", ""), str):
            raise _invalid("metadata must be a string")
        invoice = form.get("invoice_data", {})
        if not isinstance(invoice, dict) or len(invoice) > 3:
            raise _invalid("invoice_data has at most three pairs")
        if form["channels"] in ("ALL", "CREDIT_CARD") and not all(form.get(name) for name in _FOR_CARDS):
            raise refusal("624", "PROCESSING_ERROR", "The customer's address is missing")
        if form.get("lock_phone_number") and not form.get("customer_phone_number"):
            raise refusal("624", "PROCESSING_ERROR", "lock_phone_number needs customer_phone_number")

    def _said(self, code: str, message: str, description: str, data: Json) -> Json:
        return {
            "code": code,
            "message": message,
            "description": description,
            "data": data,
            "api_response_id": f"{self._world.now()}.{self._world.token(length=6)}",
        }


def _check_amount(amount: Any, *, currency: str) -> None:
    if type(amount) is not int:
        raise _invalid("amount must be an integer")
    if currency != "USD" and amount % 5:
        raise _invalid("amount must be a multiple of 5")
    least, most = _LIMITS.get(currency, (1, 10_000))
    if not least <= amount <= most:
        raise _invalid(f"amount must be between {least} and {most}")


def _invalid(description: str) -> Exception:
    return refusal("608", "MINIMUM_REQUIRED_FIELDS", description)
