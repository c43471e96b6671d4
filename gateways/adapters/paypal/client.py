"""How a request reaches PayPal: `paypalrestsdk` writes it, `gateways.http` carries it, the answer comes back raw.

The package's own sending and answer handling are passed by: it knows no deadline, calls itself without end when a
secret was revoked, shares no token between threads and logs tokens. `docs/gateways/paypal.md` has the list.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import paypalrestsdk  # type: ignore[import-untyped]

from common import clock
from gateways.contract import Credentials
from gateways.errors import NoAnswer, NotSent, OutcomeUnknown, Reason
from gateways.http import GatewayHttp, HttpAnswer

LIVE, SANDBOX = "https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"
logging.getLogger("paypalrestsdk").setLevel(logging.WARNING)

# A token ends this long before PayPal says, so that none ends on its way.
_EARLY_SECONDS = 120
_TEXT_MAX = 250


class Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int
    token_type: str = "Bearer"
    scope: str = ""

    def __repr__(self) -> str:
        return "Token()"


@dataclass(frozen=True, slots=True)
class Access:
    """Where and as whom we call. Equal ones share a token."""

    address: str
    client_id: str
    client_secret: str
    livemode: bool

    def __repr__(self) -> str:
        return f"Access({self.address})"


class PayPalApi:
    """Calls for one account. Raises NotSent or OutcomeUnknown; any answer is returned as it is."""

    def __init__(self, *, credentials: Credentials, simulator: str, http: GatewayHttp) -> None:
        self._credentials = credentials
        self._http = http
        self.address = simulator or (LIVE if credentials.livemode else SANDBOX)

    def get(self, operation: str, path: str) -> HttpAnswer:
        return self._call(operation, "GET", path)

    def post(
        self, operation: str, path: str, body: Mapping[str, Any] | None = None, *, request_id: str = ""
    ) -> HttpAnswer:
        return self._call(operation, "POST", path, body=body or {}, request_id=request_id)

    def post_text(self, operation: str, path: str, text: bytes) -> HttpAnswer:
        """Send these very bytes: for what PayPal compares byte by byte."""
        return self._call(operation, "POST", path, text=text)

    def fresh_token(self) -> Token:
        """A token asked for now, whatever is cached: whether PayPal takes these credentials, and for what."""
        return _transport(self._access(), self._http).renew(instead_of=None, is_forced=True)

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        text: bytes | None = None,
        request_id: str = "",
    ) -> HttpAnswer:
        transport = _transport(self._access(), self._http)
        headers = {"Prefer": "return=representation"}
        if request_id:
            headers["PayPal-Request-Id"] = request_id
        wanted = _Wanted(operation, method, path, headers=headers, body=body, text=text)
        used = transport.token()
        answer = transport.call(wanted, token=used)
        if answer.status != 401:
            return answer
        # PayPal did nothing for a token it does not know: one new token, one more try.
        return transport.call(wanted, token=transport.renew(instead_of=used))

    def _access(self) -> Access:
        client_id, secret = (self._credentials.get(name) for name in ("client_id", "client_secret"))
        for name, value in (("client_id", client_id), ("client_secret", secret)):
            # A colon in the id would move the border between id and secret.
            if not value or not value.isascii() or not value.isprintable() or set(value) & {" ", ":"}:
                raise NotSent("credentials_unusable", f"{name} is missing or not one of PayPal's")
            if len(value) > _TEXT_MAX:
                raise NotSent("credentials_unusable", f"{name} is too long")
        return Access(self.address, client_id, secret, self._credentials.livemode)


@dataclass(frozen=True, slots=True)
class _Wanted:
    operation: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None = None
    text: bytes | None = None


_TOKEN_CALL = _Wanted("token", "POST", "/v1/oauth2/token", headers={})


class _Answered(Exception):
    """Carries the answer past the package's handling of it."""

    def __init__(self, answer: HttpAnswer) -> None:
        super().__init__()
        self.answer = answer


class _Transport(paypalrestsdk.Api):
    """The package's Api with our connection, our deadlines, and one token for all threads."""

    def __init__(self, access: Access, http: GatewayHttp) -> None:
        super().__init__(
            mode="live" if access.livemode else "sandbox",
            endpoint=access.address,
            client_id=access.client_id,
            client_secret=access.client_secret,
        )
        self._http = http
        self._local = threading.local()
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._ends_at = 0.0

    def token(self) -> Token:
        known = self._token
        return known if known is not None and clock.monotonic() < self._ends_at else self.renew(instead_of=known)

    def renew(self, *, instead_of: Token | None, is_forced: bool = False) -> Token:
        """One thread asks, the others wait and take what it got. Raises NotSent: the call itself was not sent."""
        with self._lock:
            known = self._token
            if known is not None and known is not instead_of and not is_forced:
                return known
            self._token = None
            token = self._asked_for()
            self._ends_at = clock.monotonic() + max(token.expires_in - _EARLY_SECONDS, token.expires_in // 2)
            self._token = token
            return token

    def call(self, wanted: _Wanted, *, token: Token) -> HttpAnswer:
        self._local.wanted, self._local.token = wanted, token
        url = self.endpoint + wanted.path
        return self._answer_to(lambda: self.request(url, wanted.method, body=wanted.body, headers=dict(wanted.headers)))

    def _asked_for(self) -> Token:
        self._local.wanted = _TOKEN_CALL
        try:
            answer = self._answer_to(super().get_token_hash)
        except NotSent:
            raise
        except NoAnswer as failure:
            raise NotSent("token_unavailable", failure.reason) from None
        if answer.status in (400, 401):
            raise NotSent("authentication_failed", "PayPal refused client_id and client_secret")
        try:
            return msgspec.json.decode(answer.body, type=Token)
        except (msgspec.MsgspecError, RecursionError):
            raise NotSent("token_unavailable", f"HTTP {answer.status}") from None

    def _answer_to(self, asked: Any) -> HttpAnswer:
        try:
            asked()
        except _Answered as answered:
            return answered.answer
        except (ValueError, TypeError) as wrong:
            raise NotSent(Reason.INVALID_REQUEST, type(wrong).__name__) from None
        raise OutcomeUnknown(Reason.BROKEN_ANSWER, "the package answered by itself")

    def get_token_hash(self, *_args: Any, **_kwargs: Any) -> dict[str, str]:
        """The package asks here for every call it writes; it never fetches a token by itself."""
        token: Token = self._local.token
        return {"token_type": "Bearer", "access_token": token.access_token}

    def http_call(self, url: str, method: str, **kwargs: Any) -> None:
        """The package's door to the network. It sends `null` with every GET; we send nothing."""
        wanted: _Wanted = self._local.wanted
        body = wanted.text if wanted.text is not None else kwargs.get("data")
        raise _Answered(
            self._http.request(
                operation=wanted.operation,
                method=method,
                url=url,
                headers=kwargs["headers"],
                body=body if method != "GET" else None,
            )
        )


@lru_cache(maxsize=256)
def _transport(access: Access, http: GatewayHttp) -> _Transport:
    return _Transport(access, http)
