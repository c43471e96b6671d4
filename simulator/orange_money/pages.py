"""The payer's pages: WebPay's page for number and code, the prompt on a phone in Cameroon, Sonatel's QR code.

Going back with "cancel" changes nothing, as on the real page: only the payer's browser moves.
"""

from collections.abc import Callable
from html import escape

from simulator.orange_money.cameroon import Cameroon
from simulator.orange_money.picture import picture_of
from simulator.orange_money.sonatel import Sonatel, is_web_address
from simulator.orange_money.state import Order, State
from simulator.orange_money.texts import TEXTS
from simulator.orange_money.webpay import WebPay
from simulator.page import language_of, shell
from simulator.routing import Route
from simulator.wire import Request, Response, redirect

_OPEN = frozenset({"INITIATED", "PENDING", "OPEN", "FAILED"})
Inputs = Callable[[Order, dict[str, str]], str]
Act = Callable[[Order, dict[str, str]], object]


class Pages:
    def __init__(self, state: State, *, webpay: WebPay, cameroon: Cameroon, sonatel: Sonatel) -> None:
        self._state = state
        self._kinds: dict[str, tuple[str, Inputs, Act]] = {
            "webpay": ("webpay", _number_and_code, lambda order, form: webpay.confirm(order, **_typed(form))),
            "phone": ("mp", _pin, lambda order, form: cameroon.confirm(order, code=form.get("code", ""))),
            "qr": ("qrcode", _scanned, lambda order, form: sonatel.pay_qr(order, number=form.get("number", ""))),
        }

    def routes(self) -> list[Route]:
        return [
            Route(method=method, path=f"/{kind}/{{id}}", operation="page", handler=self._handler(kind, is_post=is_post))
            for kind in self._kinds
            for method, is_post in (("GET", False), ("POST", True))
        ]

    def _handler(self, kind: str, *, is_post: bool) -> Callable[[Request, dict[str, str]], Response]:
        def handle(request: Request, path: dict[str, str]) -> Response:
            with self._state.world.lock:
                order = self._state.orders.get(path["id"])
                if order is None or order.product != self._kinds[kind][0]:
                    return _gone(request)
                return self._submit(request, order, kind=kind) if is_post else self._show(request, order, kind=kind)

        return handle

    def _show(self, request: Request, order: Order, *, kind: str) -> Response:
        texts = TEXTS[language_of(request)]
        payee = self._state.accounts[order.account].name or "Orange Money test merchant"
        content = (
            f'<h1>{texts["title"]}</h1><p class="soft">{texts["test"]}</p>'
            f'<p class="amount">{order.amount} {escape(order.currency)}</p>'
            f'<p><strong>{escape(payee)}</strong></p><p class="soft">{escape(order.reference)}</p>'
            f'<p class="notice" role="status">{texts["status"]}: {escape(order.status)}</p>'
        )
        if order.status in _OPEN:
            content += (
                f'<form method="post">{self._kinds[kind][1](order, texts)}<p class="soft">{texts["hints"]}</p>'
                f'<div class="buttons"><button class="main" name="action" value="pay">{texts["pay"]}</button>'
                f'<button name="action" value="cancel">{texts["cancel"]}</button></div></form>'
            )
        elif is_web_address(order.return_url):
            content += f'<p><a href="{escape(order.return_url)}">{texts["back"]}</a></p>'
        return shell(title=texts["title"], content=f'<div class="card">{content}</div>', language=language_of(request))

    def _submit(self, request: Request, order: Order, *, kind: str) -> Response:
        form = request.form_values()
        is_cancel = form.get("action") == "cancel"
        if not is_cancel:
            self._kinds[kind][2](order, form)
        elif kind == "phone":
            # Declining a prompt is an answer; leaving a page is none.
            self._kinds[kind][2](order, {"code": "0000"})
        back = order.cancel_url if is_cancel else order.return_url
        return redirect(back if is_web_address(back) else f"/pay/orange_money/{kind}/{order.id}")


def _typed(form: dict[str, str]) -> dict[str, str]:
    return {"number": form.get("number", ""), "code": form.get("code", "")}


def _number_and_code(_order: Order, texts: dict[str, str]) -> str:
    return _input("number", texts["number"], value="690000001") + _input("code", texts["code"], value="1234")


def _pin(_order: Order, texts: dict[str, str]) -> str:
    return f"<p>{texts['prompt']}</p>" + _input("code", texts["code"], value="1234")


def _scanned(order: Order, texts: dict[str, str]) -> str:
    picture = f'<p><img alt="QR" width="198" height="198" src="data:image/png;base64,{picture_of(order.id)}"></p>'
    return f"{picture}<p>{texts['scan']}</p>" + _input("number", texts["number"], value="770000001")


def _input(name: str, label: str, *, value: str) -> str:
    return (
        f'<label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" value="{escape(value)}" inputmode="numeric" autocomplete="off">'
    )


def _gone(request: Request) -> Response:
    texts = TEXTS[language_of(request)]
    content = f'<div class="card"><h1>404</h1><p>{texts["gone"]}</p></div>'
    return shell(title="404", content=content, language=language_of(request), status=404)
