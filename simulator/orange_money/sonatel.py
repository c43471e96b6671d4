"""Sonatel's eWallet API: QR codes, payments by a typed code, cash-in, the list, the balance, callbacks."""

from urllib.parse import urlsplit

from simulator.orange_money.keys import KeyRing
from simulator.orange_money.news import Publisher
from simulator.orange_money.payers import fate_of
from simulator.orange_money.picture import picture_of
from simulator.orange_money.state import Account, OrangeError, Order, State
from simulator.wire import Json, Request

TRANSACTIONS = ("qr_payment", "onestep", "cashin_sonatel")
_TYPES = {"qr_payment": "MERCHANT_PAYMENT", "onestep": "MERCHANT_PAYMENT", "cashin_sonatel": "CASHIN"}
_PIN_CODES = ("2011", "2012", "2013")
_NUMBER_LENGTH = 9
_SIZE_MAX = 500


def error(code: str, detail: str, *, status: int = 400) -> OrangeError:
    return OrangeError(status, {"status": str(status), "code": code, "title": "Error", "detail": detail})


def refused_token() -> OrangeError:
    return error("10", "The credentials are not valid.", status=401)


class Sonatel:
    def __init__(self, state: State, publisher: Publisher, keys: KeyRing) -> None:
        self._state = state
        self._publisher = publisher
        self._keys = keys

    def qr_code(self, account: Account, body: Json, *, request: Request) -> Json:
        amount = _amount(body)
        reference = _text(body, "reference")
        _text(body, "name")
        if not account.agrees("merchant_code", _text(body, "code")):
            raise error("2041", "The merchant code is not yours.", status=403)
        order = self._new(
            account,
            "qrcode",
            reference,
            amount=amount,
            status="OPEN",
            notif_url=request.headers.get("x-callback-url", ""),
        )
        order.valid_seconds = int(body.get("validity", 600))
        order.return_url, order.cancel_url = body.get("callbackSuccessUrl", ""), body.get("callbackCancelUrl", "")
        self._state.keep(order)
        link = f"{request.base_url}/pay/orange_money/qr/{order.id}"
        return {
            "qrId": order.id,
            "qrCode": picture_of(order.id),
            "deepLink": link,
            "deepLinks": {"MAXIT": link, "OM": link},
            "shortLink": "",
            "validFor": {"seconds": order.valid_seconds},
        }

    def one_step(self, account: Account, body: Json) -> Json:
        amount, reference = _amount(body), _text(body, "reference")
        customer, partner = body.get("customer") or {}, body.get("partner") or {}
        if not account.agrees("merchant_code", _text(partner, "id")):
            raise error("2041", "The merchant code is not yours.", status=403)
        number = _number(customer, missing="2000")
        fate = fate_of(number, code=_text(customer, "otp"))
        if fate.status == "FAILED":
            raise error(fate.sonatel, fate.text)
        order = self._new(account, "onestep", reference, amount=amount, status="PENDING", payer=number)
        self.settle(order, status=fate.status)
        return {"transactionId": order.id, "reference": reference, "status": order.status}

    def cash_in(self, account: Account, body: Json) -> Json:
        amount, reference = _amount(body), _text(body, "reference")
        partner = body.get("partner") or {}
        self._check_partner(account, partner)
        number = _number(body.get("customer") or {}, missing="2000")
        fate = fate_of(number)
        if fate.status == "FAILED":
            raise error("2022" if fate.sonatel == "2021" else fate.sonatel, fate.text)
        if amount > account.float_amount:
            raise error("2020", "The balance is too low.")
        order = self._new(account, "cashin_sonatel", reference, amount=amount, status="PENDING", payer=number)
        if fate.status == "SUCCESS":
            self.settle(order, status="SUCCESS")
        return {"transactionId": order.id, "reference": reference, "status": order.status}

    def find(self, account: Account, query: dict[str, str]) -> list[Json]:
        """Newest first. The filter by type does nothing, as reported of the real one."""
        size = min(int(query.get("size", "20")), _SIZE_MAX)
        orders = [
            order
            for order in self._state.orders_of(account, *TRANSACTIONS)
            if query.get("reference", order.order_id) == order.order_id
        ]
        return [transaction_shape(order) for order in orders[::-1][:size]]

    def status(self, account: Account, transaction_id: str) -> Json:
        order = self._state.orders.get(transaction_id)
        if order is None or order.account != account.id or order.product not in TRANSACTIONS:
            raise error("4004", "There is no such transaction.", status=404)
        return {"transactionId": order.id, "status": order.status}

    def balance(self, account: Account, body: Json) -> Json:
        self._check_partner(account, body)
        return {"unit": "XOF", "value": account.float_amount}

    def public_keys(self) -> Json:
        return {"keyId": "1", "keyType": "PUBLIC", "keySize": 2048, "key": self._keys.public_text()}

    def set_callback(self, account: Account, body: Json) -> Json:
        account.settings |= {"callback_url": _text(body, "callbackUrl"), "callback_api_key": _text(body, "apiKey")}
        account.agrees("merchant_code", _text(body, "code"))
        self._state.keep(account)
        return {"code": body["code"], "name": body.get("name", ""), "callbackUrl": body["callbackUrl"]}

    def pay_qr(self, qr: Order, *, number: str, status: str = "") -> None:
        """The payer scanned the code. A code that failed can be tried again until it is paid or too old."""
        is_dead = self._state.world.now() - qr.created > qr.valid_seconds
        if qr.status in ("SUCCESS", "PENDING", "CANCELLED") or (is_dead and not status):
            return
        account = self._state.accounts[qr.account]
        made = self._new(
            account, "qr_payment", qr.order_id, amount=qr.amount, status="PENDING", payer=number, notif_url=qr.notif_url
        )
        made.about = qr.id
        self.settle(made, status=status or fate_of(number).status)

    def settle(self, order: Order, *, status: str) -> None:
        account = self._state.accounts[order.account]
        if status == "SUCCESS" and order.status != "SUCCESS":
            # One wallet, for what merchants are paid and for what is paid out.
            account.float_amount += -order.amount if order.product == "cashin_sonatel" else order.amount
            self._state.keep(account)
        order.status = status
        self._state.keep(order)
        qr = self._state.orders.get(order.about)
        if qr is not None:
            qr.status = status
            self._state.keep(qr)
        if status != "PENDING":
            self._publisher.sonatel(order, account=account, body=transaction_shape(order))

    def _check_partner(self, account: Account, partner: Json) -> None:
        pin = self._keys.decrypted(_text(partner, "encryptedPinCode"))
        if not account.agrees("partner_msisdn", _text(partner, "id")):
            raise error("2042", "The wallet is not yours.", status=403)
        if account.pin_mistakes >= len(_PIN_CODES):
            raise error("2013", "The account is blocked.")
        if not account.agrees("pin", pin):
            account.pin_mistakes += 1
            self._state.keep(account)
            raise error(_PIN_CODES[account.pin_mistakes - 1], "The PIN is wrong.")
        account.pin_mistakes = 0

    def _new(
        self,
        account: Account,
        product: str,
        reference: str,
        *,
        amount: int,
        status: str,
        payer: str = "",
        notif_url: str = "",
    ) -> Order:
        order = Order(
            id=f"{'QR' if product == 'qrcode' else 'MP'}{self._state.world.token(length=20)}",
            account=account.id,
            product=product,
            order_id=reference,
            amount=amount,
            currency="XOF",
            status=status,
            created=self._state.world.now(),
            payer=payer,
            notif_url=notif_url,
        )
        self._state.keep(order)
        return order


def transaction_shape(order: Order) -> Json:
    return {
        "transactionId": order.id,
        "reference": order.order_id,
        "status": order.status,
        "type": _TYPES[order.product],
        "channel": "API",
        "paymentMethod": "QRCODE" if order.product == "qr_payment" else "OTP",
        "amount": {"value": order.amount, "unit": order.currency},
        "customer": {"idType": "MSISDN", "id": order.payer},
        "partner": {"idType": "CODE", "id": "merchant"},
        "metadata": {},
    }


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise error("4099", f"{name} is missing.")
    return value


def _number(customer: Json, *, missing: str) -> str:
    number = customer.get("id")
    if not isinstance(number, str) or not number:
        raise error(missing, "The customer is missing.")
    if len(number) != _NUMBER_LENGTH or not number.isdigit() or not number.startswith("7"):
        raise error("2001", "The number is not one of Senegal.")
    return number


def _amount(body: Json) -> int:
    amount = body.get("amount") or {}
    value = amount.get("value")
    if amount.get("unit") != "XOF" or isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        raise error("4099", "amount must be a whole number of XOF.")
    return value


def is_web_address(text: str) -> bool:
    return urlsplit(text).scheme in ("http", "https")
