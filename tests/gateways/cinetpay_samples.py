"""A server that answers each path of CinetPay's as a test says, and how its answers look."""

import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from common.money import Money
from gateways.adapters.cinetpay.gateway import CinetPayGateway
from gateways.contract import ChargeRequest, Credentials, LookUpRequest
from gateways.http import GatewayHttp
from tests.gateways.stripe_samples import CANARY

REFERENCE = "ref-odd"
ASKED = Money(1_335, "XOF")
CHECKOUT = {
    "api_key": f"key{CANARY}",
    "site_id": "445160",
    "secret_key": "test-secret",
    "api_password": f"password{CANARY}",
    "transfer_currency": "XOF",
    "contact_email": "payouts@shop.example",
}
API_V1 = {"generation": "api_v1", "api_key": f"sk_test_{CANARY}", "api_password": f"password{CANARY}"}


class CinetPayServer:
    """Answers of one path are used up in order, the last one stays. Kept: (method, path, query, body)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, list[str]], bytes]] = []
        self._answers: dict[str, list[tuple[int, Any]]] = defaultdict(list)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def answers(self, path: str, *bodies: Any, status: int = 200) -> None:
        self._answers[path] = [(status, body) for body in bodies]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was posted there, as JSON or as a form."""
        found = [body.decode() for _, asked, _, body in self.asked if asked == path]
        return [
            json.loads(body) if body.startswith("{") else {name: values[0] for name, values in parse_qs(body).items()}
            for body in found
        ]

    def count(self, path: str) -> int:
        return sum(1 for _, asked, _, _ in self.asked if asked == path)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer_to(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(target)
        self.asked.append((method, parts.path, parse_qs(parts.query), body))
        waiting = self._answers[parts.path]
        if not waiting:
            return 404, b'{"code": "404", "message": "TRANSACTION_NOT_FOUND"}'
        status, said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return status, said if isinstance(said, bytes) else json.dumps(said).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

            def do_GET(self) -> None:
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                status, said = server.answer_to(self.command, self.path, body)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *arguments: object) -> None:
                return

        return Handler


def gateway(server: CinetPayServer, http: GatewayHttp, values: dict[str, str], **changes: str) -> CinetPayGateway:
    return CinetPayGateway(Credentials(values | changes), simulator=server.url, http=http)


def checked(code: str, status: str | None, **data: Any) -> dict[str, Any]:
    """An answer of the check."""
    inner = {"amount": "1335", "currency": "XOF", "metadata": REFERENCE, "payment_method": "OM", **data}
    if status is not None:
        inner["status"] = status
    return {"code": code, "message": "ODD", "data": inner, "api_response_id": "1.odd"}


def transferred(status: str, **item: Any) -> dict[str, Any]:
    """An answer of the transfer check, nested twice as the gateway nests it."""
    inner = {
        "transaction_id": "EA1",
        "client_transaction_id": REFERENCE,
        "lot": "LOT1",
        "amount": "1255",
        "receiver": "2250701020304",
        "treatment_status": status,
    }
    return {"code": 0, "message": "OPERATION_SUCCES", "data": [[inner | item]]}


def charge(adapter: CinetPayGateway, **changes: Any) -> Any:
    wanted: dict[str, Any] = {
        "reference": REFERENCE,
        "amount": ASKED,
        "description": "Ticket #7 / $ & more_",
        "method": "mobile_money",
        "return_url": "https://shop.example/back",
        "webhook_url": "https://shop.example/hooks",
        "payer_email": "ada@payer.example",
        "payer_name": "Ada Odd",
    }
    return adapter.charge(ChargeRequest(**wanted | changes))


def ask(adapter: CinetPayGateway, **changes: Any) -> Any:
    return adapter.look_up(LookUpRequest(**{"reference": REFERENCE, "amount": ASKED} | changes))
