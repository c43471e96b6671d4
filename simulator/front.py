"""The front page: which gateways stand in here, what was paid, sent and broken lately, and the books."""

from html import escape

from simulator.app import Application
from simulator.page import shell, table
from simulator.routing import Route
from simulator.wire import Json, Request, Response

ROWS_MAX = 25


class Front:
    def __init__(self, application: Application) -> None:
        self._application = application

    def routes(self) -> list[Route]:
        return [Route(method="GET", path="/", operation="front", handler=self.show)]

    def show(self, request: Request, _path: dict[str, str]) -> Response:
        sections = [
            ("Gateways", self._gateways(request)),
            ("Recent payments", self._payments()),
            ("Sent webhooks", self._deliveries()),
            ("Active faults", self._faults()),
            ("Books", self._books()),
        ]
        content = "<h1>Payment gateway simulator</h1><p class='soft'>Nothing here is real money. "
        content += "The control API lives below <code>/_control</code>.</p>"
        content += "".join(f'<section class="card"><h2>{name}</h2>{body}</section>' for name, body in sections)
        return shell(title="Payment gateway simulator", content=content, is_wide=True)

    def _gateways(self, request: Request) -> str:
        return table(
            ["Gateway", "Base address"],
            [
                [escape(gateway.title), f"<code>{escape(request.base_url)}/{name}</code>"]
                for name, gateway in self._application.gateways.items()
            ],
        )

    def _payments(self) -> str:
        with self._application.world.lock:
            lines = [
                line for each in self._application.gateways.values() for line in each.recent_payments(limit=ROWS_MAX)
            ]
        return table(
            ["Gateway", "Payment", "Reference", "Amount", "Status"],
            [
                [
                    escape(line.gateway),
                    f'<a href="{escape(line.page)}">{escape(line.payment_id)}</a>',
                    escape(line.reference),
                    escape(line.amount),
                    escape(line.status),
                ]
                for line in lines
            ],
        )

    def _deliveries(self) -> str:
        names = ("at", "type", "payment", "try", "result", "signing", "url")
        rows = self._application.world.dispatcher.log(limit=ROWS_MAX)
        return table(list(names), [_cells(row, names=names) for row in rows])

    def _faults(self) -> str:
        names = ("id", "gateway", "operation", "fault", "times", "after", "struck", "match")
        return table(list(names), [_cells(row, names=names) for row in self._application.world.script.active()])

    def _books(self) -> str:
        with self._application.world.lock:
            accounts = [books for each in self._application.gateways.values() for books in each.books()]
        names = ("payments", "paid", "captured", "refunded", "held", "fee")
        rows = [
            [escape(f"{books['account'][:12]}…"), escape(currency.upper()), *_cells(line, names=names)]
            for books in accounts
            for currency, line in books["totals"].items()
        ]
        return table(["account", "currency", *names], rows)


def _cells(row: Json, *, names: tuple[str, ...]) -> list[str]:
    return [escape(str(row.get(name))) for name in names]
