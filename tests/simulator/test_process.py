"""The program as it is started: port taken, stopped by a signal, restarted with the same directory."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import stripe

from simulator import process
from tests.simulator.conftest import KEY
from tests.simulator.receiver import Receiver

ROOT = Path(__file__).resolve().parents[2]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "simulator", *arguments]


def _client(url: str, session: requests.Session) -> stripe.StripeClient:
    stripe.enable_telemetry = False
    http_client = stripe.RequestsClient(timeout=(1, 3), session=session)
    return stripe.StripeClient(KEY, base_addresses={"api": f"{url}/stripe"}, http_client=http_client)


def test_taken_port_is_explained() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        ended = subprocess.run(
            _command("--port", str(port)), cwd=ROOT, capture_output=True, text=True, timeout=20, check=False
        )

    assert ended.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in ended.stderr


def test_sigterm_stops_cleanly_and_a_restart_keeps_everything(tmp_path: Path) -> None:
    with (
        subprocess.Popen(
            _command("--port", "0", "--data-dir", str(tmp_path)), cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as running,
        requests.Session() as session,
    ):
        assert running.stdout is not None
        url = running.stdout.readline().split()[-1]
        paid = _client(url, session).v1.payment_intents.create(
            {"amount": 13_37, "currency": "eur", "metadata": {"reference": "pay_1"}, "confirm": True,
             "payment_method": "pm_card_visa", "return_url": "https://shop.example"},
            {"idempotency_key": "k1"},
        )  # fmt: skip
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0

    again = process.start(directory=tmp_path)
    with requests.Session() as session:
        client = _client(again.url, session)
        replayed = client.v1.payment_intents.create(
            {"amount": 13_37, "currency": "eur", "metadata": {"reference": "pay_1"}, "confirm": True,
             "payment_method": "pm_card_visa", "return_url": "https://shop.example"},
            {"idempotency_key": "k1"},
        )  # fmt: skip
        session.post(f"{again.url}/_control/webhooks/drain", json={}, timeout=15)
        found = client.v1.payment_intents.retrieve(paid.id, {"expand": ["latest_charge.balance_transaction"]})
        fresh = client.v1.payment_intents.create({"amount": 4_21, "currency": "eur"})
    again.stop()

    assert replayed.id == paid.id
    assert (found.status, found.metadata["reference"]) == ("succeeded", "pay_1")
    assert found.latest_charge.balance_transaction.fee == 45
    assert fresh.id != paid.id


def test_webhook_not_yet_taken_is_sent_after_a_restart(tmp_path: Path) -> None:
    receiver = Receiver()
    receiver.statuses = [500] * 20
    first = process.start(directory=tmp_path)
    with requests.Session() as session:
        fields = {"secret_key": KEY, "webhook_url": receiver.url, "webhook_secret": "whsec_1"}
        session.post(f"{first.url}/_control/stripe/accounts", json=fields, timeout=5)
        _client(first.url, session).v1.payment_intents.create({"amount": 4_21, "currency": "eur"})
        receiver.wait_for(lambda: receiver.received)
    first.stop()
    receiver.statuses = []
    receiver.received.clear()

    second = process.start(directory=tmp_path)

    receiver.wait_for_type("payment_intent.created")
    second.stop()
    receiver.close()


def test_same_seed_makes_the_same_ids() -> None:
    ids = []
    for seed in (3, 3, 4):
        running = process.start(seed=seed)
        with requests.Session() as session:
            ids.append(_client(running.url, session).v1.payment_intents.create({"amount": 4_21, "currency": "eur"}).id)
        running.stop()

    assert ids[0] == ids[1]
    assert ids[0] != ids[2]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"NONSENSE\r\n\r\n", b"400"),
        (b"GET / SPDY/3\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
    ],
)
def test_malformed_requests_are_refused(raw: bytes, status: bytes) -> None:
    running = process.start()

    with socket.create_connection((running.server.host, running.server.port), timeout=5) as connection:
        connection.sendall(raw)
        answer = connection.recv(4096)

    running.stop()
    assert answer.split(b" ")[1] == status


def test_connection_is_kept_for_pipelined_requests() -> None:
    running = process.start()

    with socket.create_connection((running.server.host, running.server.port), timeout=5) as connection:
        connection.sendall(b"GET /_control/health HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 3:
            received += connection.recv(4096)

    running.stop()
    assert received.count(b'"ok":true') == 3
