"""The control API that all gateways share: faults, books, calls received, webhooks, outages, reset."""

import time

from simulator.app import Application
from simulator.routing import Route
from simulator.server import Server
from simulator.wire import Json, NotHere, Request, Response, json_response

OUTAGE_SECONDS_MAX = 300
DRAIN_SECONDS = 10


class Control:
    def __init__(self, application: Application) -> None:
        self._application = application
        self._world = application.world
        self.server: Server | None = None

    def routes(self) -> list[Route]:
        handlers = {
            ("GET", "/health"): self.health,
            ("GET", "/faults"): self.list_faults,
            ("POST", "/faults"): self.add_fault,
            ("DELETE", "/faults"): self.delete_faults,
            ("DELETE", "/faults/{id}"): self.delete_fault,
            ("GET", "/books"): self.books,
            ("GET", "/requests"): self.requests,
            ("GET", "/webhooks"): self.webhooks,
            ("POST", "/webhooks/drain"): self.drain,
            ("POST", "/outage"): self.outage,
            ("POST", "/reset"): self.reset,
        }
        return [
            Route(method=method, path=path, operation="control", handler=handler)
            for (method, path), handler in handlers.items()
        ]

    def health(self, _request: Request, _path: dict[str, str]) -> Response:
        return json_response({"ok": True, "gateways": list(self._application.gateways), "seed": self._world.seed})

    def list_faults(self, _request: Request, _path: dict[str, str]) -> Response:
        return json_response(self._world.script.active())

    def add_fault(self, request: Request, _path: dict[str, str]) -> Response:
        wanted = request.json()
        gateway = str(wanted.get("gateway", "any"))
        if gateway != "any" and gateway not in self._application.gateways:
            raise ValueError(f"There is no gateway {gateway!r}.")
        return json_response(self._world.script.add(wanted), status=201)

    def delete_faults(self, _request: Request, _path: dict[str, str]) -> Response:
        return json_response({"deleted": self._world.script.remove()})

    def delete_fault(self, _request: Request, path: dict[str, str]) -> Response:
        if not path["id"].isdigit() or not self._world.script.remove(int(path["id"])):
            raise NotHere(f"There is no fault {path['id']}.")
        return json_response({"deleted": 1})

    def books(self, request: Request, _path: dict[str, str]) -> Response:
        """?gateway=, ?account= (its key) and ?totals=1 (without the payments) narrow the answer."""
        wanted = request.query_values()
        with self._world.lock:
            accounts = [
                books
                for name, gateway in self._application.gateways.items()
                if wanted.get("gateway", name) == name
                for books in gateway.books()
                if wanted.get("account", books["account"]) == books["account"]
            ]
        if "totals" in wanted:
            accounts = [{name: books[name] for name in ("gateway", "account", "totals")} for books in accounts]
        return json_response({"accounts": accounts})

    def requests(self, request: Request, _path: dict[str, str]) -> Response:
        wanted = request.query_values()
        limit = _whole(wanted, name="limit", default=200)
        report = self._world.journal.report(reference=wanted.get("reference", ""), limit=limit)
        return json_response(report | {"redirects_followed": self._application.redirects_followed})

    def webhooks(self, request: Request, _path: dict[str, str]) -> Response:
        limit = _whole(request.query_values(), name="limit", default=200)
        dispatcher = self._world.dispatcher
        return json_response(
            {"delivered": dispatcher.delivered, "waiting": dispatcher.waiting, "tries": dispatcher.log(limit=limit)}
        )

    def drain(self, request: Request, _path: dict[str, str]) -> Response:
        """Wait until no webhook and no timer is waiting, at most {"seconds": 10}."""
        until = time.monotonic() + _whole(request.json(), name="seconds", default=DRAIN_SECONDS)
        while (waiting := self._world.dispatcher.waiting + self._world.timers.waiting) and time.monotonic() < until:
            time.sleep(0.01)
        return json_response({"waiting": waiting})

    def outage(self, request: Request, _path: dict[str, str]) -> Response:
        """Refuse every connection, also to this API, for {"seconds": 5}: the only true "connection refused"."""
        seconds = _whole(request.json(), name="seconds", default=5)
        if self.server is None or not 1 <= seconds <= OUTAGE_SECONDS_MAX:
            raise ValueError(f"seconds must be between 1 and {OUTAGE_SECONDS_MAX}.")
        server = self.server
        # The answer leaves first; a moment later nobody listens.
        self._world.timers.add(lambda: server.go_dark(seconds=seconds), delay_seconds=0.1)
        return json_response({"dark_for_seconds": seconds})

    def reset(self, _request: Request, _path: dict[str, str]) -> Response:
        """Forget accounts, payments, faults, calls and everything waiting."""
        self._application.reset()
        return json_response({"reset": True})


def _whole(values: Json | dict[str, str], *, name: str, default: int) -> int:
    text = str(values.get(name, default))
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{name} must be a whole number.")
    return int(text)
