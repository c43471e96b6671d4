"""The calls of Sonatel's eWallet API: hosts, paths, and the one list that finds things by our reference."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

import msgspec

from gateways.adapters.orange_money.decoding import decoded
from gateways.adapters.orange_money.flavour import unusable
from gateways.adapters.orange_money.tokens import Client, SignedIn
from gateways.contract import Credentials
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import HttpAnswer

_LIST_SIZE = 50
_LIVE, _SANDBOX = "https://api.orange-sonatel.com", "https://api.sandbox.orange-sonatel.com"
# Sources disagree, so it is a setting of the account; this is what the newest specification says.
_TOKEN_PATH = "/oauth/v1/token"
_TOKEN_PATHS = frozenset({_TOKEN_PATH, "/oauth/token"})
_TRANSACTION_ID = re.compile(r"[A-Za-z0-9_.-]{1,80}")
# Our clock and Sonatel's need not agree to the second.
_SKEW = timedelta(seconds=60)


class _PublicKey(msgspec.Struct, frozen=True):
    key: str


def client_of(credentials: Credentials, *, simulator: str) -> Client:
    token_path = credentials.get("token_path") or _TOKEN_PATH
    if token_path not in _TOKEN_PATHS:
        raise unusable(f"token_path must be one of {', '.join(sorted(_TOKEN_PATHS))}")
    return Client(
        token_url=f"{_address(livemode=credentials.livemode, simulator=simulator)}{token_path}",
        client_id=credentials.get("client_id").strip(),
        client_secret=credentials.get("client_secret").strip(),
        is_in_form=True,
    )


class Calls:
    def __init__(self, signed_in: SignedIn, *, livemode: bool, simulator: str) -> None:
        self._signed_in = signed_in
        self._root = f"{_address(livemode=livemode, simulator=simulator)}/api"

    def qr_code(self, wanted: Mapping[str, object], *, callback_url: str) -> HttpAnswer:
        headers = {"X-Callback-Url": callback_url} if callback_url else {}
        return self._call("qr_code", "POST", "/eWallet/v4/qrcode", wanted, headers=headers)

    def one_step(self, wanted: Mapping[str, object]) -> HttpAnswer:
        return self._call("one_step", "POST", "/eWallet/v1/payments/onestep", wanted)

    def cash_in(self, wanted: Mapping[str, object]) -> HttpAnswer:
        return self._call("cash_in", "POST", "/eWallet/v1/cashins", wanted)

    def balance(self, wanted: Mapping[str, object]) -> HttpAnswer:
        return self._call("balance", "POST", "/eWallet/v1/account/retailer/balance", wanted)

    def status(self, transaction_id: str) -> HttpAnswer:
        if not _TRANSACTION_ID.fullmatch(transaction_id):
            raise NotSent("invalid_request", "not the id of a transaction")
        return self._call("transaction", "GET", f"/eWallet/v1/transactions/{transaction_id}/status")

    def find(self, reference: str, *, since: datetime | None) -> HttpAnswer:
        """The list by our reference. Its filter by type is broken, so the type is not sent."""
        query = {"reference": reference, "size": str(_LIST_SIZE)}
        if since is not None:
            query["fromDateTime"] = (since.astimezone(UTC) - _SKEW).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return self._call("find", "GET", f"/eWallet/v1/transactions?{urlencode(query, quote_via=quote)}")

    def public_key(self) -> str:
        """Raises NotSent: without it the PIN cannot be written, so what needs the PIN is not sent."""
        try:
            answer = self._call("public_key", "GET", "/account/v1/publicKeys")
        except OutcomeUnknown as failure:
            raise NotSent("pin_key_unavailable", failure.reason) from None
        if answer.status == 401:
            raise NotSent("authentication_failed", "publicKeys: HTTP 401")
        told = decoded(answer.body, _PublicKey) if answer.status == 200 else None
        if told is None:
            raise NotSent("pin_key_unavailable", f"publicKeys: HTTP {answer.status}")
        return told.key

    def _call(
        self,
        operation: str,
        method: str,
        path: str,
        json: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> HttpAnswer:
        return self._signed_in.request(
            operation=operation, method=method, url=f"{self._root}{path}", headers=headers, json=json
        )


def _address(*, livemode: bool, simulator: str) -> str:
    return simulator or (_LIVE if livemode else _SANDBOX)
