"""How a request reaches Paystack: one JSON call with the account's key, answered as it is. Nothing is judged here."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from gateways.contract import Credentials
from gateways.errors import NotSent
from gateways.http import GatewayHttp, HttpAnswer

ADDRESS = "https://api.paystack.co"
_KEY = re.compile(r"sk_(test|live)_[A-Za-z0-9_]{1,250}")


class PaystackApi:
    """Calls for one account. Raises NotSent or OutcomeUnknown; any answer is returned as it is."""

    def __init__(self, *, credentials: Credentials, address: str, http: GatewayHttp) -> None:
        self._credentials = credentials
        self._address = address
        self._http = http

    @property
    def livemode(self) -> bool:
        return self._credentials.livemode

    def setting(self, name: str) -> str:
        return self._credentials.get(name).strip().lower()

    def read(self, operation: str, *steps: str, query: Mapping[str, str] | None = None) -> HttpAnswer:
        """GET the path made of these steps, each of which may hold anything."""
        path = _path(steps)
        return self._call(operation, "GET", f"{path}?{urlencode(query)}" if query else path)

    def write(self, operation: str, *steps: str, fields: Mapping[str, Any]) -> HttpAnswer:
        return self._call(operation, "POST", _path(steps), body=msgspec.json.encode(fields))

    def _call(self, operation: str, method: str, path: str, *, body: bytes | None = None) -> HttpAnswer:
        headers = {"Authorization": f"Bearer {self._usable_key()}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return self._http.request(
            operation=operation, method=method, url=f"{self._address}{path}", headers=headers, body=body
        )

    def _usable_key(self) -> str:
        key = self._credentials.get("secret_key").strip()
        match = _KEY.fullmatch(key)
        if match is None:
            raise NotSent("credentials_unusable", "secret_key is missing or not a Paystack secret key")
        if (match.group(1) == "live") is not self._credentials.livemode:
            raise NotSent("credentials_unusable", "the mode of secret_key is not the mode of the account")
        return key


def _path(steps: tuple[str, ...]) -> str:
    return "".join(f"/{quote(step, safe='')}" for step in steps)
