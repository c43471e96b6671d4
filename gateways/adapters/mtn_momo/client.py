"""How a request reaches MTN: headers, tokens, and one new token after a 401. Any answer is returned as it is.

Raises NotSent or OutcomeUnknown about the business call; a token that could not be had is always NotSent.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from gateways.adapters.mtn_momo.environments import HOSTS
from gateways.adapters.mtn_momo.options import Options, Product, SignIn, read_options, read_sign_in
from gateways.contract import Credentials
from gateways.errors import NotSent
from gateways.http import GatewayHttp, HttpAnswer
from gateways.tokens import TOKENS, Fetched, key_of

# MTN's new platform turns the usual names of HTTP libraries away.
USER_AGENT = "payment-service/1.0"
# MTN's advice: renew about ten minutes before the end.
_EARLY_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Resource:
    """What is made by one POST and read by its reference id."""

    name: str
    product: Product

    @property
    def path(self) -> str:
        return f"/{self.product}/v1_0/{self.name}"


REQUEST_TO_PAY = Resource("requesttopay", Product.COLLECTION)
TRANSFER = Resource("transfer", Product.DISBURSEMENT)
REFUND = Resource("refund", Product.DISBURSEMENT)


class _Token(msgspec.Struct, frozen=True):
    access_token: str
    expires_in: int

    def __repr__(self) -> str:
        return "_Token()"


_read_token = msgspec.json.Decoder(_Token).decode


class MomoApi:
    """The calls we make for one account, at MTN's host of its platform or where the simulator stands in."""

    def __init__(self, *, credentials: Credentials, simulator: str, http: GatewayHttp) -> None:
        self._credentials = credentials
        self._simulator = simulator
        self._http = http

    def options(self) -> Options:
        return read_options(self._credentials)

    def create(self, resource: Resource, *, reference_id: str, body: bytes, callback_url: str = "") -> HttpAnswer:
        headers = {"X-Reference-Id": reference_id, "Content-Type": "application/json"}
        if callback_url:
            # Present and empty, this header is refused.
            headers["X-Callback-Url"] = callback_url
        return self._call(resource.name, "POST", resource.path, product=resource.product, headers=headers, body=body)

    def read(self, resource: Resource, *, reference_id: str) -> HttpAnswer:
        path = f"{resource.path}/{reference_id}"
        return self._call(f"{resource.name}_read", "GET", path, product=resource.product)

    def balance(self, product: Product) -> HttpAnswer:
        return self._call("balance", "GET", f"/{product}/v1_0/account/balance", product=product)

    def ask_token(self, product: Product) -> HttpAnswer:
        """One call for a token, past the cache. The body stays empty: MTN refuses any."""
        options, sign_in = self.options(), read_sign_in(self._credentials, product)
        pair = base64.b64encode(f"{sign_in.user}:{sign_in.secret}".encode()).decode()
        headers = _headers(options, sign_in) | {"Authorization": f"Basic {pair}"}
        return self._http.request(
            operation="token", method="POST", url=f"{self._base(options)}/{product}/token/", headers=headers, body=b""
        )

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        *,
        product: Product,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> HttpAnswer:
        options, sign_in = self.options(), read_sign_in(self._credentials, product)
        url = f"{self._base(options)}{path}"
        key = key_of(self._base(options), product, sign_in.subscription_key, sign_in.user, sign_in.secret)

        def send(token: str) -> HttpAnswer:
            signed = _headers(options, sign_in) | {"Authorization": f"Bearer {token}"} | dict(headers or {})
            return self._http.request(operation=operation, method=method, url=url, headers=signed, body=body)

        # A token that MTN does not know any more: the call was turned away at the door.
        return TOKENS.call(
            key, fetch=lambda: self._fetch(product), send=send, is_refused=lambda answer: answer.status == 401
        )

    def _fetch(self, product: Product) -> Fetched:
        answer = self.ask_token(product)
        if answer.status == 401:
            raise NotSent("authentication_failed", f"MTN refused the user or key of {product}")
        if answer.status == 403:
            raise NotSent("access_denied", f"MTN refused the call for a token of {product}")
        fetched = read_token(answer)
        if fetched is None:
            raise NotSent("token_unavailable", f"HTTP {answer.status} to the call for a token")
        return fetched

    def _base(self, options: Options) -> str:
        return self._simulator or HOSTS[options.platform]


def read_token(answer: HttpAnswer) -> Fetched | None:
    """The token in an answer; None when there is none that can be used."""
    if answer.status != 200:
        return None
    try:
        told = _read_token(answer.body)
    except (msgspec.MsgspecError, RecursionError):
        return None
    is_usable = told.access_token.isascii() and told.access_token.isprintable() and " " not in told.access_token
    if not told.access_token or not is_usable:
        return None
    return Fetched(told.access_token, max(told.expires_in - _EARLY_SECONDS, told.expires_in / 2))


def _headers(options: Options, sign_in: SignIn) -> dict[str, str]:
    return {
        "Ocp-Apim-Subscription-Key": sign_in.subscription_key,
        "X-Target-Environment": options.environment.name,
        "User-Agent": USER_AGENT,
        "Accept": "application/json",
    }
