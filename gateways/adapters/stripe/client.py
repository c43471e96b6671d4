"""How a request reaches Stripe: the `stripe` package writes it, `gateways.http` carries it, the answer comes back raw.

The package's own answer handling is passed by. It would build object trees (most of the cost of a call), turn statuses
into exception classes, and write whole bodies to its log; what an answer means is decided in `intents` and `refusals`.
"""

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import stripe

from gateways.contract import Credentials
from gateways.errors import NotSent, Reason
from gateways.http import GatewayHttp, HttpAnswer

stripe.enable_telemetry = False
# At its debug level the package logs request and answer bodies in full.
logging.getLogger("stripe").setLevel(logging.WARNING)

_IDS = {
    "payment_intents": re.compile(r"pi_[A-Za-z0-9_]{1,250}"),
    "refunds": re.compile(r"(?:re|pyr)_[A-Za-z0-9_]{1,250}"),
    "disputes": re.compile(r"(?:dp|du|pdp)_[A-Za-z0-9_]{1,250}"),
    "transfers": re.compile(r"tr_[A-Za-z0-9_]{1,250}"),
    "payouts": re.compile(r"po_[A-Za-z0-9_]{1,250}"),
    "payment_methods": re.compile(r"(?:pm|card|src|ba)_[A-Za-z0-9_]{1,250}"),
}
_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]{1,250}")


def path_of(collection: str, object_id: str, action: str = "") -> str:
    """Raises NotSent for what is not an id of this collection: nothing else is ever put into a path."""
    if _IDS[collection].fullmatch(object_id) is None:
        raise NotSent(Reason.INVALID_REQUEST, f"not the id of one of {collection}")
    return f"/v1/{collection}/{object_id}" + (f"/{action}" if action else "")


class StripeApi:
    """The calls of one account. Raises NotSent or OutcomeUnknown; any answer is returned as it is."""

    def __init__(self, *, credentials: Credentials, api_base: str, http: GatewayHttp) -> None:
        self._credentials = credentials
        self._api_base = api_base
        self._http = http

    def get(self, path: str, fields: Mapping[str, Any] | None = None) -> HttpAnswer:
        return self._call("get", path, fields or {})

    def post(self, path: str, fields: Mapping[str, Any], *, idempotency_key: str = "") -> HttpAnswer:
        """Without a key only where twice is as good as once."""
        return self._call("post", path, {**fields, "idempotency_key": idempotency_key} if idempotency_key else fields)

    def _call(self, method: str, path: str, fields: Mapping[str, Any]) -> HttpAnswer:
        client = _client(self._usable_key(), self._api_base, self._http)
        try:
            client.raw_request(method, path, **fields)
        except _Answered as answered:
            return answered.answer
        except (stripe.StripeError, ValueError, TypeError) as wrong:
            raise NotSent(Reason.INVALID_REQUEST, type(wrong).__name__) from None
        raise AssertionError("the package answered by itself")

    def _usable_key(self) -> str:
        key = self._credentials.get("secret_key")
        match = _KEY.fullmatch(key)
        if match is None:
            raise NotSent("credentials_unusable", "secret_key is missing or not a Stripe secret key")
        if (match.group(1) == "live") is not self._credentials.livemode:
            raise NotSent("credentials_unusable", "the mode of secret_key is not the mode of the account")
        return key


class _Answered(Exception):
    """Carries the answer past the package's handling of it."""

    def __init__(self, answer: HttpAnswer) -> None:
        super().__init__()
        self.answer = answer


class _Carrier(stripe.HTTPClient):
    """The package's door to the network. It is only ever asked for one try: retries are not an adapter's decision."""

    name = "requests"

    def __init__(self, http: GatewayHttp) -> None:
        super().__init__()
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        answer = self._http.request(
            operation=_operation(method, url), method=method.upper(), url=url, headers=headers or {}, body=post_data
        )
        raise _Answered(answer)


def _operation(method: str, url: str) -> str:
    """The label in metrics: create, list, read, cancel, … of payments; of others with their name, create_refunds."""
    collection, _, rest = url.partition("?")[0].rpartition("/v1/")[2].partition("/")
    action = rest.partition("/")[2]
    if action:
        verb = action
    elif method == "post":
        verb = "create"
    else:
        verb = "read" if rest else "list"
    return verb if collection == "payment_intents" else f"{verb}_{collection}"


@lru_cache(maxsize=256)
def _client(secret_key: str, api_base: str, http: GatewayHttp) -> stripe.StripeClient:
    """One client per account and process: making one costs more than a call."""
    return stripe.StripeClient(
        secret_key, base_addresses={"api": api_base}, http_client=_Carrier(http), max_network_retries=0
    )
