"""The payer's page: choose how to pay and approve, or cancel; then back to the shop with PayPal's query."""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from simulator.page import language_of, not_here, shell
from simulator.paypal.errors import PayPalError
from simulator.paypal.events import Cause
from simulator.paypal.ground import Ground
from simulator.paypal.orders import FUNDINGS, OPEN, Orders
from simulator.paypal.state import Account, Record
from simulator.routing import Route
from simulator.wire import Request, Response, redirect

TEXTS = {
    "en": {
        "test": "Stand-in PayPal. Nothing here is real money.", "source": "Pay with", "approve": "Agree and pay",
        "cancel": "Cancel and return", "done": "You have agreed to this payment.", "over": "This payment is over.",
        "back": "Back to the shop", "payee": "To",
    },
    "fr": {
        "test": "Imitation de PayPal. Aucun argent réel.", "source": "Payer avec", "approve": "Accepter et payer",
        "cancel": "Annuler et revenir", "done": "Vous avez accepté ce paiement.", "over": "Ce paiement est terminé.",
        "back": "Retour à la boutique", "payee": "À",
    },
}  # fmt: skip


class Pages:
    def __init__(self, ground: Ground, orders: Orders) -> None:
        self._ground = ground
        self._orders = orders

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/checkoutnow", operation="page", handler=self.show),
            Route(method="POST", path="/checkoutnow", operation="page", handler=self.submit),
        ]

    def show(self, request: Request, _path: dict[str, str]) -> Response:
        language = language_of(request)
        token = request.query_values().get("token", "")
        with self._ground.world.lock:
            found = self._ground.accounts.seek("order", token)
            if found is None:
                return not_here(token, language=language)
            content = _summary(*found, language=language)
        return shell(title="PayPal", content=f'<div class="card">{content}</div>', language=language)

    def submit(self, request: Request, _path: dict[str, str]) -> Response:
        form = request.form_values()
        token = request.query_values().get("token", "")
        with self._ground.world.lock:
            found = self._ground.accounts.seek("order", token)
            if found is None:
                return not_here(token, language=language_of(request))
            account, order = found
            if form.get("action") == "cancel":
                return redirect(_address(order, "cancel_url", payer="") or f"/pay/paypal/checkoutnow?token={token}")
            try:
                self._orders.approve(
                    order, account=account, funding=form.get("funding", ""), cause=Cause(request.base_url)
                )
            except PayPalError:
                # Too late, or no way to pay that we know: the page says where the payment stands.
                return redirect(f"/pay/paypal/checkoutnow?token={token}")
            payer = order.shown["payer"]["payer_id"]
        return redirect(_address(order, "return_url", payer=payer) or f"/pay/paypal/checkoutnow?token={token}")


def _summary(account: Account, order: Record, *, language: str) -> str:
    texts = TEXTS[language]
    unit = order.shown["purchase_units"][0]
    payee = order.hidden["experience"].get("brand_name") or account.record.name or "PayPal test account"
    content = (
        f'<p class="soft">{texts["test"]}</p>'
        f'<p class="amount">{escape(unit["amount"]["value"])} {escape(unit["amount"]["currency_code"])}</p>'
        f"<p>{texts['payee']} <strong>{escape(str(payee))}</strong></p>"
        f'<p class="soft">{escape(unit.get("description") or unit.get("invoice_id", ""))}</p>'
    )
    if order.status in OPEN - {"APPROVED"}:
        return content + _form(order, language=language)
    said = texts["done"] if order.status in ("APPROVED", "COMPLETED") else texts["over"]
    content += f'<p class="notice" role="status">{said}</p>'
    back = _address(order, "return_url", payer=order.shown.get("payer", {}).get("payer_id", ""))
    return content + (f'<p><a href="{escape(back)}">{texts["back"]}</a></p>' if back else "")


def _form(order: Record, *, language: str) -> str:
    texts = TEXTS[language]
    options = "".join(f'<option value="{key}">{escape(told[0])}</option>' for key, told in FUNDINGS.items())
    return (
        f'<form method="post" action="/pay/paypal/checkoutnow?token={order.id}">'
        f'<label for="funding">{texts["source"]}</label><select id="funding" name="funding">{options}</select>'
        f'<div class="buttons"><button class="main" name="action" value="approve">{texts["approve"]}</button>'
        f'<button name="action" value="cancel">{texts["cancel"]}</button></div></form>'
    )


def _address(order: Record, name: str, *, payer: str) -> str:
    """The shop's address with what PayPal adds. Only http and https: anything else could run as a script."""
    address = order.hidden["experience"].get(name, "")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https"):
        return ""
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("token", order.id)]
    if payer:
        query.append(("PayerID", payer))
    return urlunsplit(parts._replace(query=urlencode(query)))
