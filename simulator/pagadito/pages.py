"""The payer's page: pay, pay under review, be refused, go back, let the page expire, or simply leave."""

from html import escape
from urllib.parse import quote, urlsplit

from simulator.pagadito.records import Records
from simulator.pagadito.state import CANCELED, COMPLETED, EXPIRED, FAILED, REGISTERED, VERIFYING, Transaction
from simulator.pagadito.texts import TEXTS
from simulator.pagadito.trade import Trade, WrongMove
from simulator.page import language_of, not_here, shell
from simulator.routing import Route
from simulator.wire import Request, Response, redirect
from simulator.world import World

# Buttons of the page in their order; the first is the one that stands out.
ACTIONS = {"pay": COMPLETED, "review": VERIFYING, "refuse": FAILED, "cancel": CANCELED, "expire": EXPIRED}


class Pages:
    def __init__(self, *, world: World, records: Records, trade: Trade) -> None:
        self._world = world
        self._records = records
        self._trade = trade

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/{token}", operation="page", handler=self.show),
            Route(method="POST", path="/{token}", operation="page", handler=self.submit),
        ]

    def show(self, request: Request, path: dict[str, str]) -> Response:
        language = language_of(request)
        texts = TEXTS[language]
        with self._world.lock:
            transaction = self._records.transactions.get(path["token"])
            if transaction is None:
                return not_here(path["token"], language=language)
            self._trade.look_at_the_clock(transaction)
            content = self._summary(transaction, language=language)
            if transaction.status == REGISTERED:
                content += _buttons(transaction, language=language)
            elif back := self._way_back(transaction):
                content += f'<p><a href="{escape(back)}">{texts["back"]}</a></p>'
            return shell(title="Pagadito", content=f'<div class="card">{content}</div>', language=language)

    def submit(self, request: Request, path: dict[str, str]) -> Response:
        action = request.form_values().get("action", "")
        with self._world.lock:
            transaction = self._records.transactions.get(path["token"])
            if transaction is None:
                return not_here(path["token"], language=language_of(request))
            self._trade.look_at_the_clock(transaction)
            here = f"/pay/pagadito/{transaction.token}"
            if action not in ACTIONS:
                return redirect(here)
            try:
                self._trade.move(transaction, to=ACTIONS[action])
            except WrongMove:
                # Two windows, two clicks: the page says what became of it.
                return redirect(here)
            return redirect(self._way_back(transaction) or here)

    def _summary(self, transaction: Transaction, *, language: str) -> str:
        texts = TEXTS[language]
        payee = self._records.merchants[transaction.uid].name or "Pagadito test merchant"
        return (
            f'<h1>Pagadito</h1><p class="soft">{texts["test"]}</p>'
            f'<p class="amount">{escape(transaction.amount)} {escape(transaction.currency)}</p>'
            f"<p>{texts['payee']} <strong>{escape(payee)}</strong></p>"
            f'<p class="soft">{escape(transaction.description)} · {escape(transaction.ern)}</p>'
            f'<p class="notice" role="status">{texts[transaction.status]}</p>'
        )

    def _way_back(self, transaction: Transaction) -> str:
        """The panel's address with the token and the ERN in it; empty where none is set."""
        address = self._records.merchants[transaction.uid].return_url
        if urlsplit(address).scheme not in ("http", "https"):
            return ""
        return address.replace("{value}", transaction.token).replace("{ern_value}", quote(transaction.ern, safe=""))


def _buttons(transaction: Transaction, *, language: str) -> str:
    texts = TEXTS[language]
    buttons = "".join(
        f'<button{" class=main" if number == 0 else ""} name="action" value="{action}">{texts[action]}</button>'
        for number, action in enumerate(ACTIONS)
    )
    return (
        f'<form method="post" action="/pay/pagadito/{transaction.token}"><div class="buttons">{buttons}</div></form>'
        f'<p class="soft">{texts["leave"]}</p>'
    )
