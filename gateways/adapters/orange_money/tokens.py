"""Bearer tokens: one per client and host in this process, renewed early; a call refused for its token is repeated once.

Without a token the call itself was not sent, whatever became of the call for the token.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec

from gateways.adapters.orange_money.decoding import decoded
from gateways.errors import NotSent, OutcomeUnknown
from gateways.http import GatewayHttp, HttpAnswer
from gateways.tokens import TOKENS, Fetched, key_of

_EARLY_SECONDS_MAX = 300
_REFUSALS = frozenset({"invalid_client", "unauthorized_client", "access_denied"})


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks which address for a token. Most want the secret as a header, Sonatel wants it in the form."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    is_in_form: bool = False


class _TokenBody(msgspec.Struct, frozen=True):
    access_token: str
    # Seconds; Orange writes a text.
    expires_in: str | int = 0


class _Refusal(msgspec.Struct, frozen=True):
    error: str = ""


class SignedIn:
    """Calls in the name of one client. Raises NotSent or OutcomeUnknown; any other answer is returned as it is."""

    def __init__(self, client: Client, *, http: GatewayHttp) -> None:
        self._client = client
        self._http = http
        where = "form" if client.is_in_form else "header"
        self._key = key_of(client.token_url, client.client_id, client.client_secret, where)

    def request(
        self,
        *,
        operation: str,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> HttpAnswer:
        plain = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
        body = None if json is None else msgspec.json.encode(json)

        def call(token: str) -> HttpAnswer:
            signed = {**plain, "Authorization": f"Bearer {token}"}
            return self._http.request(operation=operation, method=method, url=url, headers=signed, body=body)

        # The door refuses a token: nothing behind the door saw the call.
        return TOKENS.call(self._key, fetch=self._fetch, send=call, is_refused=_is_refused_token)

    def fetch(self) -> None:
        """Ask for a fresh token, whatever is kept. Raises NotSent."""
        self._fetch()

    def _fetch(self) -> Fetched:
        return _fetch(self._client, http=self._http)


def _fetch(client: Client, *, http: GatewayHttp) -> Fetched:
    form = {"grant_type": "client_credentials"}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if client.is_in_form:
        form |= {"client_id": client.client_id, "client_secret": client.client_secret}
    else:
        pair = f"{client.client_id}:{client.client_secret}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    try:
        answer = http.request(
            operation="token", method="POST", url=client.token_url, headers=headers, body=urlencode(form)
        )
    except OutcomeUnknown as failure:
        raise NotSent("token_unavailable", f"the call for a token: {failure.reason}") from None
    return _read_token(answer)


def _read_token(answer: HttpAnswer) -> Fetched:
    told = decoded(answer.body, _TokenBody) if answer.status == 200 else None
    if told is not None and told.access_token:
        seconds = _whole_seconds(told.expires_in)
        return Fetched(told.access_token, seconds - min(_EARLY_SECONDS_MAX, seconds // 10 + 1))
    refusal = decoded(answer.body, _Refusal)
    is_refused = answer.status == 401 or (refusal is not None and refusal.error in _REFUSALS)
    raise NotSent(
        "authentication_failed" if is_refused else "token_unavailable", f"the call for a token: HTTP {answer.status}"
    )


def _whole_seconds(told: str | int) -> int:
    """A life that cannot be read is none: the token serves this one call."""
    text = str(told)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def _is_refused_token(answer: HttpAnswer) -> bool:
    """A 401 in JSON comes from the door; one in HTML may come from anywhere."""
    return answer.status == 401 and answer.headers.get("content-type", "").startswith("application/json")
