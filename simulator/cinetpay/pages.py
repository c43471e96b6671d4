"""The payer's page: how to pay, then accept, refuse, confirm later or give up; and the way back to the shop.

Checkout v2 sends the browser back by a form that is posted, with the transaction_id; API v1 to one of two addresses.
"""

from html import escape

from simulator.cinetpay.codes import REFUSALS, methods
from simulator.cinetpay.moves import Moves, WrongMove
from simulator.cinetpay.state import API_V1, Account, Payment, State
from simulator.page import language_of, not_here, shell, web_address
from simulator.routing import Route
from simulator.wire import Request, Response, redirect
from simulator.world import World

TEXTS = {
    "en": {
        "test": "Simulated payment: no real money moves.",
        "payee": "To",
        "method": "Pay with",
        "reason": "If it is refused",
        "accept": "Pay",
        "refuse": "Be refused",
        "wait": "Confirm on the telephone later",
        "cancel": "Give up",
        "back": "Back to the shop",
        "open": "Choose how to pay.",
        "waiting": "Confirm the payment on your telephone.",
        "otp": "Enter the code that your operator sends.",
        "paid": "Paid.",
        "refused": "Refused. You may try again.",
        "cancelled": "Given up; nothing was paid.",
        "expired": "The time to pay is over.",
    },
    "fr": {
        "test": "Paiement simulé : aucun argent réel.",
        "payee": "À",
        "method": "Payer avec",
        "reason": "En cas de refus",
        "accept": "Payer",
        "refuse": "Être refusé",
        "wait": "Confirmer plus tard au téléphone",
        "cancel": "Abandonner",
        "back": "Retour à la boutique",
        "open": "Choisissez comment payer.",
        "waiting": "Confirmez le paiement sur votre téléphone.",
        "otp": "Saisissez le code envoyé par votre opérateur.",
        "paid": "Payé.",
        "refused": "Refusé. Vous pouvez réessayer.",
        "cancelled": "Abandonné ; rien n'a été payé.",
        "expired": "Le délai de paiement est passé.",
    },
}
_ACTIONS = {"accept": "paid", "refuse": "refused", "wait": "waiting", "cancel": "cancelled"}
_OPEN = ("open", "waiting", "otp")


class Pages:
    def __init__(self, *, world: World, state: State, moves: Moves) -> None:
        self._world = world
        self._state = state
        self._moves = moves

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/{token}", operation="page", handler=self.show),
            Route(method="POST", path="/{token}", operation="page", handler=self.submit),
        ]

    def show(self, request: Request, path: dict[str, str]) -> Response:
        language = language_of(request)
        with self._world.lock:
            payment = self._state.payment(path["token"])
            if payment is None:
                return not_here(path["token"], language=language)
            account = self._state.accounts[payment.account]
            is_v1 = account.generation == API_V1
            content = _summary(payment, account=account, language=language)
            if payment.state in _OPEN or (payment.state == "refused" and not is_v1):
                content += _form(payment, account=account, language=language)
            if payment.state not in _OPEN:
                content += _way_back(payment, is_v1=is_v1, language=language)
        title = TEXTS[language]["accept"]
        return shell(title=title, content=f'<div class="card">{content}</div>', language=language)

    def submit(self, request: Request, path: dict[str, str]) -> Response:
        form = request.form_values()
        with self._world.lock:
            payment = self._state.payment(path["token"])
            if payment is None:
                return not_here(path["token"], language=language_of(request))
            to = _ACTIONS.get(form.get("action", ""))
            refusal = form.get("reason", "600")
            if to is not None and refusal in REFUSALS and form.get("method", "") in _methods_of(payment, self._state):
                try:
                    self._moves.pay(payment, to=to, method=form.get("method", ""), refusal=refusal)
                except WrongMove:
                    # It ended in another window meanwhile: the page shows how.
                    return redirect(f"/pay/cinetpay/{payment.token}")
            return redirect(f"/pay/cinetpay/{payment.token}")


def _methods_of(payment: Payment, state: State) -> list[str]:
    country = state.accounts[payment.account].country
    return methods(country, channels=str(payment.given.get("channels", "ALL")))


def _summary(payment: Payment, *, account: Account, language: str) -> str:
    texts = TEXTS[language]
    given = payment.given
    about = str(given.get("description") or given.get("designation") or payment.transaction_id)
    content = (
        f'<p class="soft">{texts["test"]}</p><p class="amount">{payment.amount} {escape(payment.currency)}</p>'
        f"<p>{texts['payee']} <strong>{escape(account.name or 'CinetPay test account')}</strong></p>"
        f'<p class="soft">{escape(about)}</p><p class="notice" role="status">{texts[payment.state]}</p>'
    )
    if payment.state == "refused":
        content += f'<p class="soft">{payment.refusal} {REFUSALS[payment.refusal]}</p>'
    return content


def _form(payment: Payment, *, account: Account, language: str) -> str:
    texts = TEXTS[language]
    names = methods(account.country, channels=str(payment.given.get("channels", "ALL")))
    ways = "".join(f'<option value="{name}">{name}</option>' for name in names)
    reasons = "".join(f'<option value="{code}">{code} {name}</option>' for code, name in REFUSALS.items())
    buttons = "".join(
        f'<button{" class=main" if action == "accept" else ""} name="action" value="{action}">{texts[action]}</button>'
        for action in _ACTIONS
    )
    return (
        f'<form method="post" action="/pay/cinetpay/{payment.token}">'
        f'<label for="method">{texts["method"]}</label><select id="method" name="method">{ways}</select>'
        f'<label for="reason">{texts["reason"]}</label><select id="reason" name="reason">{reasons}</select>'
        f'<div class="buttons">{buttons}</div></form>'
    )


def _way_back(payment: Payment, *, is_v1: bool, language: str) -> str:
    text = TEXTS[language]["back"]
    if is_v1:
        address = web_address(payment.given["success_url" if payment.state == "paid" else "failed_url"])
        return f'<p><a href="{escape(address)}">{text}</a></p>' if address else ""
    address = web_address(payment.given.get("return_url"))
    if not address:
        return ""
    return (
        f'<form method="post" action="{escape(address)}">'
        f'<input type="hidden" name="transaction_id" value="{escape(payment.transaction_id)}">'
        f'<input type="hidden" name="token" value="{escape(payment.token)}">'
        f'<div class="buttons"><button class="main">{text}</button></div></form>'
    )
