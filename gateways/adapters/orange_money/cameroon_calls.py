"""The calls of Cameroon's API 1.0.2: which host, which headers, and the three steps of a payment."""

import base64
import re
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from gateways.adapters.orange_money.decoding import decoded
from gateways.adapters.orange_money.flavour import unusable
from gateways.adapters.orange_money.tokens import Client, SignedIn
from gateways.contract import Credentials
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import HttpAnswer

_LIVE = "https://api-s1.orange.cm"
_LIVE_HOSTS = frozenset({"api-s1.orange.cm", "apiw.orange.cm"})
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.orange\.cm")
_PAY_TOKEN = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_ROOT = "/omcoreapis/1.0.2"


class Product(StrEnum):
    """The first part of a path: a merchant is paid, or a wallet is filled."""

    PAY_IN = "mp"
    PAY_OUT = "cashin"


class _Begun(msgspec.Struct, frozen=True):
    payToken: str = ""  # noqa: N815 (Orange's own name)


class _BegunBody(msgspec.Struct, frozen=True):
    data: _Begun


def client_of(credentials: Credentials, *, simulator: str) -> Client:
    return Client(
        token_url=f"{_address(credentials, simulator=simulator)}/token",
        client_id=credentials.get("client_id").strip(),
        client_secret=credentials.get("client_secret").strip(),
    )


class Calls:
    def __init__(self, signed_in: SignedIn, *, credentials: Credentials, simulator: str) -> None:
        self._signed_in = signed_in
        self._root = f"{_address(credentials, simulator=simulator)}{_ROOT}"
        pair = f"{credentials.get('api_username').strip()}:{credentials.get('api_password').strip()}".encode()
        self._headers = {"X-AUTH-TOKEN": base64.b64encode(pair).decode()}

    def init(self, product: Product) -> str:
        """A fresh payToken. Raises NotSent whatever went wrong: a payToken alone moves nothing."""
        try:
            answer = self._call("init", "POST", f"{product}/init")
        except OutcomeUnknown as failure:
            raise NotSent("init_failed", failure.reason) from None
        if answer.status in (401, 403):
            raise NotSent("authentication_failed", f"init: HTTP {answer.status}")
        told = decoded(answer.body, _BegunBody) if answer.status in (200, 201) else None
        if told is None or not _PAY_TOKEN.fullmatch(told.data.payToken):
            raise NotSent("init_failed", f"init: HTTP {answer.status} without a payToken")
        return told.data.payToken

    def pay(self, product: Product, order: dict[str, str]) -> HttpAnswer:
        return self._call(_named("pay", product), "POST", f"{product}/pay", order)

    def status(self, product: Product, pay_token: str) -> HttpAnswer:
        if not _PAY_TOKEN.fullmatch(pay_token):
            raise NotSent("invalid_request", "not a payToken")
        return self._call(_named("status", product), "GET", f"{product}/paymentstatus/{pay_token}")

    def _call(self, operation: str, method: str, path: str, json: object = None) -> HttpAnswer:
        return self._signed_in.request(
            operation=operation, method=method, url=f"{self._root}/{path}", headers=self._headers, json=json
        )


def _named(operation: str, product: Product) -> str:
    return f"{operation}_out" if product is Product.PAY_OUT else operation


def _address(credentials: Credentials, *, simulator: str) -> str:
    """Orange publishes no host to try things on, so a sandbox account names the one that Orange gave it."""
    given = credentials.get("api_host").strip().rstrip("/")
    if not given and (credentials.livemode or simulator):
        return simulator or _LIVE
    parts = urlsplit(given)
    if parts.scheme != "https" or parts.path or not _HOST.fullmatch(parts.netloc):
        raise unusable("api_host must be https:// and a host of orange.cm; a sandbox account needs one")
    if (parts.netloc in _LIVE_HOSTS) is not credentials.livemode:
        raise unusable("api_host is of the other mode")
    return simulator or given
