"""The payer's pages: choose a test card, pay or cancel; answer the bank's 3D Secure question; go back to the shop.

They stand for Stripe.js on a shop's page and for the bank's page. Cancel cancels the intent, as the shop would.
"""

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from simulator.page import language_of, not_here, shell, web_address
from simulator.routing import Route
from simulator.stripe import currencies
from simulator.stripe.accounts import Accounts
from simulator.stripe.cards import CARDS
from simulator.stripe.errors import StripeError
from simulator.stripe.events import Cause
from simulator.stripe.intents import Intents
from simulator.stripe.state import OPEN_STATUSES, Intent
from simulator.stripe.texts import TEXTS
from simulator.wire import Request, Response, redirect
from simulator.world import World


class Pages:
    def __init__(self, *, world: World, accounts: Accounts, intents: Intents) -> None:
        self._world = world
        self._accounts = accounts
        self._intents = intents

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/{intent}", operation="page", handler=self.show),
            Route(method="POST", path="/{intent}", operation="page", handler=self.submit),
            Route(method="GET", path="/{intent}/3ds", operation="page", handler=self.show_question),
            Route(method="POST", path="/{intent}/3ds", operation="page", handler=self.answer_question),
        ]

    def show(self, request: Request, path: dict[str, str]) -> Response:
        language = language_of(request)
        with self._world.lock:
            intent = self._accounts.intents.get(path["intent"])
            if intent is None:
                return not_here(path["intent"], language=language)
            if intent.status == "requires_action":
                return redirect(f"/pay/stripe/{intent.id}/3ds")
            back = web_address(request.query_values().get("return_url")) or intent.return_url
            content = self._summary(intent, language=language)
            if intent.status in OPEN_STATUSES:
                content += _card_form(intent, back=back, language=language)
            elif back:
                content += f'<p><a href="{escape(_with_result(back, intent=intent))}">{TEXTS[language]["back"]}</a></p>'
            return shell(title=TEXTS[language]["pay"], content=f'<div class="card">{content}</div>', language=language)

    def submit(self, request: Request, path: dict[str, str]) -> Response:
        form = request.form_values()
        back = web_address(form.get("return_url"))
        cause = Cause(base_url=request.base_url)
        with self._world.lock:
            intent = self._accounts.intents.get(path["intent"])
            if intent is None:
                return not_here(path["intent"], language=language_of(request))
            try:
                if form.get("action") == "cancel":
                    self._intents.cancel(intent, reason="requested_by_customer", cause=cause)
                else:
                    params = {"payment_method": form.get("card", ""), "return_url": back or intent.return_url}
                    # The page itself is the way back when the shop gave none.
                    params["return_url"] = params["return_url"] or f"{request.base_url}/pay/stripe/{intent.id}"
                    self._intents.confirm(intent, params=params, cause=cause)
            except StripeError:
                # The intent carries the reason as last_payment_error and the next page shows it.
                return redirect(_page_of(intent, back=back))
            if intent.status == "requires_action":
                return redirect(f"/pay/stripe/{intent.id}/3ds")
            return redirect(_next_stop(intent, back=back))

    def show_question(self, request: Request, path: dict[str, str]) -> Response:
        language = language_of(request)
        texts = TEXTS[language]
        with self._world.lock:
            intent = self._accounts.intents.get(path["intent"])
            if intent is None:
                return not_here(path["intent"], language=language)
            if intent.status != "requires_action":
                return redirect(f"/pay/stripe/{intent.id}")
            content = f"<h1>3D Secure</h1><p>{texts['bank']}</p>" + self._summary(intent, language=language)
            content += (
                '<form method="post"><div class="buttons">'
                f'<button class="main" name="action" value="authenticate">{texts["authenticate"]}</button>'
                f'<button name="action" value="fail">{texts["fail"]}</button></div></form>'
            )
            return shell(title="3D Secure", content=f'<div class="card">{content}</div>', language=language)

    def answer_question(self, request: Request, path: dict[str, str]) -> Response:
        succeeds = request.form_values().get("action") == "authenticate"
        with self._world.lock:
            intent = self._accounts.intents.get(path["intent"])
            if intent is None:
                return not_here(path["intent"], language=language_of(request))
            try:
                self._intents.authenticate(intent, succeeds=succeeds, cause=Cause(base_url=request.base_url))
            except StripeError:
                # A decline after authentication: the shop reads it from the intent.
                return redirect(_next_stop(intent, back=None))
            return redirect(_next_stop(intent, back=None))

    def _summary(self, intent: Intent, *, language: str) -> str:
        texts = TEXTS[language]
        payee = self._accounts.of(intent.account).record.name or "Stripe test account"
        description = intent.given.get("description") or intent.reference
        amount = currencies.shown(intent.amount, currency=intent.currency, language=language)
        content = (
            f'<p class="soft">{texts["test"]}</p><p class="amount">{escape(amount)}</p>'
            f'<p>{texts["payee"]} <strong>{escape(payee)}</strong></p><p class="soft">{escape(str(description))}</p>'
        )
        if intent.status != "requires_payment_method" or intent.last_error:
            content += f'<p class="notice" role="status">{texts[intent.status]}</p>'
        if intent.last_error:
            content += f'<p class="soft">{escape(str(intent.last_error["message"]))}</p>'
        return content


def _card_form(intent: Intent, *, back: str | None, language: str) -> str:
    texts = TEXTS[language]
    options = "".join(f'<option value="{card.id}">{escape(card.label)}</option>' for card in CARDS.values())
    hidden = f'<input type="hidden" name="return_url" value="{escape(back)}">' if back else ""
    return (
        f'<form method="post" action="/pay/stripe/{intent.id}">{hidden}'
        f'<label for="card">{texts["card"]}</label><select id="card" name="card">{options}</select>'
        f'<div class="buttons"><button class="main" name="action" value="pay">{texts["pay"]}</button>'
        f'<button name="action" value="cancel">{texts["cancel"]}</button></div></form>'
    )


def _page_of(intent: Intent, *, back: str | None) -> str:
    return f"/pay/stripe/{intent.id}" + (f"?{urlencode({'return_url': back})}" if back else "")


def _next_stop(intent: Intent, *, back: str | None) -> str:
    """The shop, told the result as Stripe.js does, or our own page when the shop gave no address."""
    address = back or web_address(intent.return_url)
    return _with_result(address, intent=intent) if address else _page_of(intent, back=None)


def _with_result(address: str, *, intent: Intent) -> str:
    parts = urlsplit(address)
    result = "succeeded" if intent.status in ("succeeded", "requires_capture", "processing") else "failed"
    query = [
        *parse_qsl(parts.query, keep_blank_values=True),
        ("payment_intent", intent.id),
        ("payment_intent_client_secret", intent.client_secret),
        ("redirect_status", result),
    ]
    return urlunsplit(parts._replace(query=urlencode(query)))
