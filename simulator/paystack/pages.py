"""The payer's page: choose a test card, answer the one-time password, go back to the shop, or close it.

Closing tells nobody anything: the transaction stays as it is, as at Paystack.
"""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from simulator.page import language_of, not_here, shell, web_address
from simulator.paystack.accounts import Accounts
from simulator.paystack.books import shown
from simulator.paystack.cards import CARDS
from simulator.paystack.errors import PaystackError
from simulator.paystack.state import Transaction
from simulator.paystack.till import OPEN_STATUSES, Till
from simulator.routing import Route
from simulator.wire import Request, Response, redirect
from simulator.world import World

_TEXTS = {
    "en": {
        "test": "Paystack simulator: nothing here is real money",
        "payee": "Pay to",
        "card": "Pay with",
        "pay": "Pay",
        "close": "Cancel",
        "otp": "Your bank sent a one-time password. Is it entered correctly?",
        "right": "Enter the right password",
        "wrong": "Enter a wrong password",
        "back": "Back to the shop",
        "abandoned": "Not paid yet",
        "failed": "The payment failed. You may try again.",
        "ongoing": "Waiting for the password",
        "pending": "The payment is on its way",
        "success": "Paid",
        "reversed": "The money was given back",
    },
    "fr": {
        "test": "Simulateur Paystack : aucun argent réel ici",
        "payee": "Payer à",
        "card": "Payer avec",
        "pay": "Payer",
        "close": "Annuler",
        "otp": "Votre banque a envoyé un code à usage unique. Est-il saisi correctement ?",
        "right": "Saisir le bon code",
        "wrong": "Saisir un mauvais code",
        "back": "Retour à la boutique",
        "abandoned": "Pas encore payé",
        "failed": "Le paiement a échoué. Vous pouvez réessayer.",
        "ongoing": "En attente du code",
        "pending": "Le paiement est en cours",
        "success": "Payé",
        "reversed": "L’argent a été rendu",
    },
}


class Pages:
    def __init__(self, *, world: World, accounts: Accounts, till: Till) -> None:
        self._world = world
        self._accounts = accounts
        self._till = till

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/{code}", operation="page", handler=self.show),
            Route(method="POST", path="/{code}", operation="page", handler=self.submit),
        ]

    def show(self, request: Request, path: dict[str, str]) -> Response:
        language = language_of(request)
        with self._world.lock:
            transaction = self._accounts.pages.get(path["code"])
            if transaction is None:
                return not_here(path["code"], language=language)
            content = self._summary(transaction, language=language) + _form(transaction, language=language)
            title = _TEXTS[language]["pay"]
            return shell(title=title, content=f'<div class="card">{content}</div>', language=language)

    def submit(self, request: Request, path: dict[str, str]) -> Response:
        form = request.form_values()
        with self._world.lock:
            transaction = self._accounts.pages.get(path["code"])
            if transaction is None:
                return not_here(path["code"], language=language_of(request))
            try:
                self._step(transaction, form=form)
            except PaystackError:
                # The next page shows where the transaction stands.
                return redirect(f"/pay/paystack/{transaction.access_code}")
            return redirect(_next_stop(transaction, action=form.get("action", "")))

    def _step(self, transaction: Transaction, *, form: dict[str, str]) -> None:
        match form.get("action"):
            case "pay" if form.get("card") in CARDS:
                self._till.pay(transaction, card=CARDS[form["card"]])
            case "right" | "wrong" as answer:
                self._till.finish(transaction, succeeds=answer == "right")
            case "close":
                return
            case _:
                raise PaystackError("There is no such step")

    def _summary(self, transaction: Transaction, *, language: str) -> str:
        texts = _TEXTS[language]
        payee = self._accounts.of(transaction.account).record.name or "Paystack test account"
        amount = shown(transaction.requested_amount, currency=transaction.currency)
        content = (
            f'<p class="soft">{texts["test"]}</p><p class="amount">{escape(amount)}</p>'
            f"<p>{texts['payee']} <strong>{escape(payee)}</strong></p>"
            f'<p class="soft">{escape(_description(transaction))}</p>'
        )
        if transaction.status != "abandoned":
            content += f'<p class="notice" role="status">{texts[transaction.status]}</p>'
        if transaction.status == "failed":
            content += f'<p class="soft">{escape(transaction.gateway_response)}</p>'
        return content


def _form(transaction: Transaction, *, language: str) -> str:
    texts = _TEXTS[language]
    if transaction.status == "ongoing":
        return (
            f'<p>{texts["otp"]}</p><form method="post"><div class="buttons">'
            f'<button class="main" name="action" value="right">{texts["right"]}</button>'
            f'<button name="action" value="wrong">{texts["wrong"]}</button></div></form>'
        )
    if transaction.status not in OPEN_STATUSES or transaction.status == "pending":
        back = _with_reference(transaction)
        return f'<p><a href="{escape(back)}">{texts["back"]}</a></p>' if back else ""
    options = "".join(f'<option value="{card.name}">{escape(card.label)}</option>' for card in CARDS.values())
    return (
        f'<form method="post"><label for="card">{texts["card"]}</label>'
        f'<select id="card" name="card">{options}</select>'
        f'<div class="buttons"><button class="main" name="action" value="pay">{texts["pay"]}</button>'
        f'<button name="action" value="close">{texts["close"]}</button></div></form>'
    )


def _next_stop(transaction: Transaction, *, action: str) -> str:
    """The shop after a success only; whoever gives up goes to the cancel address, if there is one."""
    page = f"/pay/paystack/{transaction.access_code}"
    if action == "close":
        metadata = transaction.metadata if isinstance(transaction.metadata, dict) else {}
        return web_address(str(metadata.get("cancel_action", ""))) or page
    return (_with_reference(transaction) if transaction.status == "success" else "") or page


def _with_reference(transaction: Transaction) -> str:
    address = web_address(transaction.callback_url)
    if not address:
        return ""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += [("trxref", transaction.reference), ("reference", transaction.reference)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _description(transaction: Transaction) -> str:
    fields = transaction.metadata.get("custom_fields", []) if isinstance(transaction.metadata, dict) else []
    shown_fields = [str(each.get("value", "")) for each in fields if isinstance(each, dict)]
    return ", ".join(shown_fields) or transaction.reference
