"""The payer's bank: a transfer form in which everything can be written wrongly; the account as its owner sees it."""

from html import escape
from urllib.parse import urlencode

from simulator.bank_transfer.bank import Bank, Refused
from simulator.bank_transfer.state import Account, plain
from simulator.page import language_of, shell, table
from simulator.routing import Route
from simulator.wire import Request, Response, redirect
from simulator.world import World

ROWS_MAX = 25
_TEXTS = {
    "en": {
        "title": "Transfer", "test": "Test bank: no real money moves.", "iban": "IBAN of the payee", "amount": "Amount",
        "currency": "Currency", "reference": "Reference", "name": "Your name", "send": "Send", "sent": "Booked.",
        "account": "Account", "from": "From or to", "statement": "Statement of today", "bookings": "Transfers",
    },
    "fr": {
        "title": "Virement", "test": "Banque d'essai : aucun argent réel.", "iban": "IBAN du bénéficiaire",
        "amount": "Montant", "currency": "Devise", "reference": "Référence", "name": "Votre nom", "send": "Envoyer",
        "sent": "Comptabilisé.", "account": "Compte", "from": "De ou vers",
        "statement": "Relevé du jour", "bookings": "Virements",
    },
}  # fmt: skip
_FIELDS = ("iban", "amount", "currency", "reference", "name")


class Pages:
    def __init__(self, *, world: World, bank: Bank) -> None:
        self._world = world
        self._bank = bank

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/", operation="page", handler=self.show),
            Route(method="POST", path="/", operation="page", handler=self.submit),
            Route(method="GET", path="/accounts/{iban}", operation="page", handler=self.show_account),
        ]

    def show(self, request: Request, _path: dict[str, str]) -> Response:
        """?iban=&amount=&currency=&reference=&name= fill the form in, as a payer would type it."""
        values = request.query_values()
        with self._world.lock:
            accounts = self._bank.all()
            if not values.get("iban") and accounts:
                values["iban"] = accounts[-1].record.iban
        return _form_page(values, language=language_of(request), is_sent="sent" in values)

    def submit(self, request: Request, _path: dict[str, str]) -> Response:
        values = request.form_values()
        try:
            with self._world.lock:
                booking = self._bank.transfer({name: values.get(name, "") for name in _FIELDS})
        except Refused as refused:
            return _form_page(values, language=language_of(request), refusal=str(refused))
        return redirect(f"/pay/bank_transfer/?{urlencode({'sent': booking.id, 'iban': booking.iban})}")

    def show_account(self, request: Request, path: dict[str, str]) -> Response:
        texts = _TEXTS[language_of(request)]
        try:
            with self._world.lock:
                content = self._account(self._bank.account(path["iban"]), texts=texts)
        except Refused as refused:
            return shell(title="404", content=f'<div class="card"><p>{escape(str(refused))}</p></div>', status=404)
        return shell(title=texts["account"], content=content, language=language_of(request), is_wide=True)

    def _account(self, account: Account, *, texts: dict[str, str]) -> str:
        record, today = account.record, self._bank.today()
        newest = list(account.bookings.values())[-ROWS_MAX:][::-1]
        rows = [
            [
                escape(booking.day),
                ("−" if booking.minor < 0 else "") + f"{plain(booking.minor, booking.currency)} {booking.currency}",
                escape(booking.name),
                escape(booking.structured or booking.text),
                escape(booking.status),
            ]
            for booking in newest
        ]
        address = f"/bank_transfer/accounts/{record.iban}/statements/{today}"
        return (
            f'<div class="card"><h1>{escape(record.holder or record.iban)}</h1><p class="soft">{record.iban}</p>'
            f'<p>{texts["statement"]}: <a href="{address}.xml">camt.053</a> · <a href="{address}.csv">CSV</a></p></div>'
            f'<section class="card"><h2>{texts["bookings"]}</h2>'
            f"{table(['Day', texts['amount'], texts['from'], texts['reference'], 'Status'], rows)}</section>"
        )


def _form_page(values: dict[str, str], *, language: str, refusal: str = "", is_sent: bool = False) -> Response:
    texts = _TEXTS[language]
    note = f'<p class="notice" role="status">{escape(refusal or texts["sent"])}</p>' if refusal or is_sent else ""
    fields = "".join(
        f'<label for="{name}">{texts[name]}</label>'
        f'<input id="{name}" name="{name}" value="{escape(values.get(name, "") or _DEFAULTS.get(name, ""))}">'
        for name in _FIELDS
    )
    iban = values.get("iban", "")
    link = (
        f'<p><a href="/pay/bank_transfer/accounts/{escape(iban)}">{texts["account"]} {escape(iban)}</a></p>'
        if iban.isalnum()
        else ""
    )
    content = (
        f'<div class="card"><h1>{texts["title"]}</h1><p class="soft">{texts["test"]}</p>{note}'
        f'<form method="post" action="/pay/bank_transfer/">{fields}'
        f'<div class="buttons"><button class="main">{texts["send"]}</button></div></form>{link}</div>'
    )
    status = 422 if refusal else 200
    return shell(title=texts["title"], content=content, language=language, status=status)


_DEFAULTS = {"currency": "EUR", "name": "Test Payer"}
