"""Who may call: the token calls of the three APIs, and the bearer token that every other call must bring."""

import base64
import binascii

from simulator.orange_money.state import Account, OrangeError, State, Token
from simulator.wire import Json, Request

# WebPay writes the life of a token as a text.
_WEBPAY_SECONDS, _CAMEROON_SECONDS, _SONATEL_SECONDS = 7_776_000, 3_600, 299


class Door:
    def __init__(self, state: State) -> None:
        self._state = state

    def webpay_token(self, request: Request) -> Json:
        return self._grant(*_basic_pair(request), request=request, seconds=_WEBPAY_SECONDS) | {
            "expires_in": str(_WEBPAY_SECONDS)
        }

    def cameroon_token(self, request: Request) -> Json:
        return self._grant(*_basic_pair(request), request=request, seconds=_CAMEROON_SECONDS)

    def sonatel_token(self, request: Request) -> Json:
        form = request.form_values()
        pair = form.get("client_id", ""), form.get("client_secret", "")
        return self._grant(*pair, request=request, seconds=_SONATEL_SECONDS)

    def bearer(self, request: Request) -> Account | None:
        """The account behind the token, revoked or not; None where there is none."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        token = self._state.tokens.get(given.strip()) if scheme.lower() == "bearer" else None
        if token is None or token.until <= self._state.world.now():
            return None
        return self._state.accounts.get(token.account)

    def _grant(self, client_id: str, secret: str, *, request: Request, seconds: int) -> Json:
        if request.form_values().get("grant_type") != "client_credentials":
            raise OrangeError(400, {"error": "unsupported_grant_type", "error_description": "client_credentials only"})
        if not client_id or not secret:
            raise _refused_client()
        account = self._state.open_account(client_id, secret=secret)
        if account.is_revoked or account.secret != secret:
            raise _refused_client()
        token = Token(self._state.world.token(length=28), account.id, self._state.world.now() + seconds)
        self._state.keep(token)
        return {"token_type": "Bearer", "access_token": token.id, "expires_in": seconds}


def _refused_client() -> OrangeError:
    return OrangeError(401, {"error": "invalid_client", "error_description": "The client credentials are not known."})


def _basic_pair(request: Request) -> tuple[str, str]:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        client_id, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret
