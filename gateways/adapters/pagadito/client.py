"""How a question reaches Pagadito: APIPG (a form, a session for each) or Connect (JSON, signed in each time).

Both raise NotSent or OutcomeUnknown. Opening a session of APIPG moves nothing: when that fails, nothing was sent.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from gateways.adapters.pagadito.error_table import SHUT_OUT
from gateways.adapters.pagadito.replies import CONNECTED, Reply, read_reply
from gateways.adapters.pagadito.settings import Settings
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import GatewayHttp, HttpAnswer

# Constants of the protocol: each names one operation of APIPG, none is a secret.
_CONNECT = "f3f191ce3326905ff4403bb05b0de150"
_EXEC_TRANS = "41216f8caf94aaa598db137e36d4673e"
_GET_STATUS = "0b50820c65b0de71ce78f6221a5cf876"
_GET_EXCHANGE_RATE = "da6b597cfcd0daf129287758b3c73b76"


@dataclass(frozen=True, slots=True)
class Order:
    """One line with one price, so that the sum of the lines is the amount. `amount` is text as `amounts` writes it."""

    ern: str
    amount: str
    currency: str
    description: str
    url_product: str


class Api(Protocol):
    is_encoded: bool

    def open_session(self) -> str:
        """The token of one session, spent by one call; empty where calls need none."""
        ...

    def create(self, order: Order, *, session: str) -> HttpAnswer: ...

    def status(self, token: str, *, session: str) -> HttpAnswer: ...

    def exchange_rate(self, currency: str) -> HttpAnswer | None:
        """None where the transport has no such question."""
        ...


def api_for(settings: Settings, *, http: GatewayHttp) -> Api:
    return ConnectApi(settings, http=http) if settings.transport == "connect" else ApipgApi(settings, http=http)


class ApipgApi:
    # The page's address comes percent-encoded.
    is_encoded = True

    def __init__(self, settings: Settings, *, http: GatewayHttp) -> None:
        self._settings = settings
        self._http = http

    def open_session(self) -> str:
        self._settings.require_usable()
        fields = {"uid": self._settings.uid, "wsk": self._settings.wsk}
        try:
            reply = read_reply(self._call("connect", _CONNECT, fields))
        except OutcomeUnknown as failure:
            raise NotSent("token_unavailable", failure.reason) from None
        token = reply.text() if reply is not None and reply.code == CONNECTED else ""
        if not token:
            raise _no_token(reply)
        return token

    def create(self, order: Order, *, session: str) -> HttpAnswer:
        line = {
            "quantity": 1,
            "description": order.description,
            "price": order.amount,
            "url_product": order.url_product,
        }
        fields = {
            "token": session,
            "ern": order.ern,
            "amount": order.amount,
            "details": msgspec.json.encode([line]).decode(),
            "currency": order.currency,
            "allow_pending_payments": "true" if self._settings.allows_pending else "false",
        }
        return self._call("exec_trans", _EXEC_TRANS, fields)

    def status(self, token: str, *, session: str) -> HttpAnswer:
        return self._call("get_status", _GET_STATUS, {"token": session, "token_trans": token})

    def exchange_rate(self, currency: str) -> HttpAnswer | None:
        return self._call("get_exchange_rate", _GET_EXCHANGE_RATE, {"token": self.open_session(), "currency": currency})

    def _call(self, name: str, operation: str, fields: Mapping[str, str]) -> HttpAnswer:
        return self._http.request(
            operation=name,
            method="POST",
            url=self._settings.apipg_url,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            body=urlencode({"operation": operation, **fields, "format_return": "json"}),
        )


class ConnectApi:
    is_encoded = False

    def __init__(self, settings: Settings, *, http: GatewayHttp) -> None:
        self._settings = settings
        self._http = http

    def open_session(self) -> str:
        self._settings.require_usable()
        return ""

    def create(self, order: Order, *, session: str) -> HttpAnswer:
        # Raw, so that 13.30 leaves as 13.30 and never as a binary fraction.
        amount = msgspec.Raw(order.amount.encode())
        line = {
            "quantity": 1,
            "description": order.description,
            "price": amount,
            "url_product": order.url_product,
        }
        body = {
            "ern": order.ern,
            "amount": amount,
            "currency": order.currency,
            "details": [line],
            "country_code": self._settings.country,
            "extended_expiration": self._settings.is_extended,
        }
        return self._call("exec-trans", body)

    def status(self, token: str, *, session: str) -> HttpAnswer:
        return self._call("get-status", {"token": token, "country_code": self._settings.country})

    def exchange_rate(self, currency: str) -> HttpAnswer | None:
        return None

    def _call(self, name: str, body: Mapping[str, object]) -> HttpAnswer:
        pair = f"{self._settings.uid}:{self._settings.wsk}".encode()
        return self._http.request(
            operation=name.replace("-", "_"),
            method="POST",
            url=f"{self._settings.connect_url}/{name}",
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Authorization": f"Basic {base64.b64encode(pair).decode()}",
            },
            body=msgspec.json.encode(body),
        )


def _no_token(reply: Reply | None) -> NotSent:
    if reply is not None and (reply.code in SHUT_OUT or reply.http_status in (401, 403)):
        return NotSent("authentication_failed", reply.code)
    return NotSent("token_unavailable", reply.code if reply is not None else "unreadable_answer")
