"""Calls with a token of one account of CinetPay's, which has one per product and says by codes that it has ended."""

from collections.abc import Callable

from gateways.errors import NotSent
from gateways.http import HttpAnswer
from gateways.tokens import TOKENS, Fetched, key_of


class Session:
    """`identity` is everything that another account would have otherwise, `seconds` how long we use a token."""

    def __init__(self, *, identity: tuple[str, ...], seconds: int, log_in: Callable[[], str]) -> None:
        self._key = key_of("cinetpay", *identity)
        self._seconds = seconds
        self._log_in = log_in

    def call(self, send: Callable[[str], HttpAnswer], *, is_stale: Callable[[HttpAnswer], bool]) -> HttpAnswer:
        answer = TOKENS.call(self._key, fetch=self._fetch, send=send, is_refused=is_stale)
        if is_stale(answer):
            raise NotSent("token_unavailable", "a fresh token is refused")
        return answer

    def _fetch(self) -> Fetched:
        return Fetched(self._log_in(), self._seconds)
