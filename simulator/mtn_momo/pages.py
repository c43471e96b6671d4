"""The payer's phone: the prompt that MTN pushes, answered with the PIN, refused, or left until it expires."""

from html import escape

from simulator.mtn_momo.accounts import Accounts
from simulator.mtn_momo.settling import Settling
from simulator.mtn_momo.state import REQUEST_TO_PAY, Transaction, written
from simulator.mtn_momo.texts import TEXTS
from simulator.page import language_of, not_here, shell
from simulator.routing import Route
from simulator.wire import NotHere, Request, Response, redirect
from simulator.world import World

_ANSWERS = {
    "accept": ("SUCCESSFUL", ""),
    "reject": ("FAILED", "APPROVAL_REJECTED"),
    "expire": ("FAILED", "EXPIRED"),
}


class Pages:
    def __init__(self, *, world: World, accounts: Accounts, settling: Settling) -> None:
        self._world = world
        self._accounts = accounts
        self._settling = settling

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/{reference}", operation="page", handler=self.show),
            Route(method="POST", path="/{reference}", operation="page", handler=self.answer),
        ]

    def show(self, request: Request, path: dict[str, str]) -> Response:
        language = language_of(request)
        with self._world.lock:
            transaction = self._find(path["reference"])
            if transaction is None:
                return not_here(path["reference"], language=language)
            content = self._content(transaction, language=language)
        card = f'<div class="card">{content}</div>'
        return shell(title=TEXTS[language]["title"], content=card, language=language)

    def answer(self, request: Request, path: dict[str, str]) -> Response:
        wanted = _ANSWERS.get(request.form_values().get("action", ""))
        with self._world.lock:
            transaction = self._find(path["reference"])
            if transaction is None:
                return not_here(path["reference"], language=language_of(request))
            # A second press, or one after the prompt ended, changes nothing; the page says how it stands.
            if wanted is not None and _is_open(transaction):
                status, reason = wanted
                self._settling.end(transaction, status=status, reason=reason)
        return redirect(f"/pay/mtn_momo/{transaction.id}")

    def _find(self, reference_id: str) -> Transaction | None:
        try:
            return self._accounts.find_anywhere(reference_id)
        except NotHere:
            return None

    def _content(self, transaction: Transaction, *, language: str) -> str:
        texts = TEXTS[language]
        merchant = self._accounts.by_id[transaction.account].name or "MoMo test merchant"
        amount = f"{written(transaction.amount, currency=transaction.currency)} {transaction.currency}"
        content = (
            f'<p class="soft">{texts["test"]}</p><h1>{texts["title"]}</h1>'
            f'<p class="soft">{texts["phone"]} {escape(transaction.party)}</p><p class="amount">{escape(amount)}</p>'
        )
        if transaction.is_lost:
            return content + f'<p class="notice" role="status">{texts["lost"]}</p>'
        if not _is_open(transaction):
            return content + _standing(transaction, language=language)
        return content + (
            f"<p><strong>{escape(merchant)}</strong> {texts['ask']}</p><p>{escape(transaction.payer_message)}</p>"
            '<form method="post"><div class="buttons">'
            f'<button class="main" name="action" value="accept">{texts["accept"]}</button>'
            f'<button name="action" value="reject">{texts["reject"]}</button>'
            f'<button name="action" value="expire">{texts["expire"]}</button></div></form>'
        )


def _is_open(transaction: Transaction) -> bool:
    return transaction.kind == REQUEST_TO_PAY and transaction.status == "PENDING" and not transaction.is_lost


def _standing(transaction: Transaction, *, language: str) -> str:
    texts = TEXTS[language]
    is_on_its_way = transaction.kind != REQUEST_TO_PAY and transaction.status == "PENDING"
    said = texts["out"] if is_on_its_way else texts[transaction.status]
    reason = f'<p class="soft">{escape(transaction.reason)}</p>' if transaction.reason else ""
    return f'<p class="notice" role="status">{said}</p>{reason}<p class="soft">{texts["back"]}</p>'
