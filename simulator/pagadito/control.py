"""The control API of the Pagadito dialect: merchants, and what a payer, the review or time would do."""

from simulator.pagadito.notices import Notices
from simulator.pagadito.records import Records
from simulator.pagadito.signing import Signer
from simulator.pagadito.state import EXPIRED, Merchant, Transaction
from simulator.pagadito.trade import Trade
from simulator.routing import PageHandler, Route
from simulator.wire import Json, NotHere, Request, Response, json_response
from simulator.world import World

_TEXTS = ("name", "webhook_url", "return_url", "maximum_usd")
_FLAGS = {"revoked": "is_revoked", "tells_amount": "tells_amount", "converts": "converts"}


class Control:
    def __init__(self, *, world: World, records: Records, trade: Trade, notices: Notices, signer: Signer) -> None:
        self._world = world
        self._records = records
        self._trade = trade
        self._notices = notices
        self._signer = signer

    def routes(self) -> list[Route]:
        def route(method: str, path: str, handler: PageHandler) -> Route:
            return Route(method=method, path=f"/pagadito{path}", operation="control", handler=handler)

        return [
            route("GET", "/accounts", self.list_accounts),
            route("POST", "/accounts", self.register),
            route("POST", "/transactions/{key}/end", self.end),
            route("POST", "/events/{event}/send", self.send_event),
        ]

    def list_accounts(self, _request: Request, _path: dict[str, str]) -> Response:
        with self._world.lock:
            return json_response([self._shape(merchant) for merchant in self._records.merchants.values()])

    def register(self, request: Request, _path: dict[str, str]) -> Response:
        """Make a merchant known, or change it: {"uid", "wsk", "name", "webhook_url", "return_url", "revoked", …}."""
        wanted = request.json()
        uid, wsk = str(wanted.get("uid", "")), str(wanted.get("wsk", ""))
        with self._world.lock:
            known = self._records.merchants.get(uid)
            if not uid or (known is None and not wsk):
                raise ValueError("uid and wsk are needed.")
            merchant = known or Merchant(uid=uid, wsk=wsk)
            merchant.wsk = wsk or merchant.wsk
            _change(merchant, wanted=wanted)
            self._records.keep_merchant(merchant)
            return json_response(self._shape(merchant))

    def end(self, request: Request, path: dict[str, str]) -> Response:
        """The transaction, by its token or ERN, becomes {"status": "COMPLETED"}, as far as that can happen."""
        status = str(request.json().get("status", "COMPLETED"))
        with self._world.lock:
            transaction = self._records.find(path["key"])
            if transaction is None:
                raise NotHere(f"There is no transaction {path['key']}.")
            if status == EXPIRED:
                transaction.expires = min(transaction.expires, self._world.now())
            self._trade.move(transaction, to=status)
            return json_response(_transaction_shape(transaction))

    def send_event(self, _request: Request, path: dict[str, str]) -> Response:
        with self._world.lock:
            notice = self._records.notices.get(path["event"])
            if notice is None:
                raise NotHere(f"There is no event {path['event']}.")
            self._notices.send(notice)
            return json_response({"sent": 1})

    def _shape(self, merchant: Merchant) -> Json:
        return {
            "uid": merchant.uid,
            "name": merchant.name,
            "webhook_url": merchant.webhook_url,
            "return_url": merchant.return_url,
            "revoked": merchant.is_revoked,
            "currencies": merchant.currencies,
            # For the account's `sandbox_certificate`.
            "certificate": self._signer.certificate,
        }


def _change(merchant: Merchant, *, wanted: Json) -> None:
    for name in ("webhook_url", "return_url"):
        if wanted.get(name) and not str(wanted[name]).startswith(("http://", "https://")):
            raise ValueError(f"{name} must begin with http:// or https://.")
    for name in _TEXTS:
        if name in wanted:
            setattr(merchant, name, str(wanted[name]))
    for name, attribute in _FLAGS.items():
        if name in wanted:
            setattr(merchant, attribute, bool(wanted[name]))
    if "currencies" in wanted:
        merchant.currencies = [str(code) for code in wanted["currencies"]]


def _transaction_shape(transaction: Transaction) -> Json:
    return {
        "token": transaction.token,
        "ern": transaction.ern,
        "status": transaction.status,
        "reference": transaction.reference or None,
        "amount": transaction.amount,
        "currency": transaction.currency,
    }
