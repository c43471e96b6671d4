"""H5, I11: one POST to one judged address; whatever happens there is a result, within the time, of one kilobyte."""

import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from events import http
from tests.events.receiver import Receiver, free_port_url, listening, raw_listener

HEADERS = {"Content-Type": "application/json", "webhook-id": "evt_1"}
BODY = b'{"id":"evt_1"}'


def post(url: str, *, total_seconds: int = 3) -> http.Ended:
    return http.post(url, headers=HEADERS, body=BODY, total_seconds=total_seconds)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_delivered(receiver: Receiver, status: int) -> None:
    receiver.status = status

    ended = post(receiver.url + "?x=1")

    assert (ended.result, ended.status) == ("delivered", status)
    assert receiver.received[0].body == BODY
    assert receiver.received[0].path == "/in?x=1"
    assert receiver.received[0].id == "evt_1"


@pytest.mark.parametrize(
    ("status", "result"),
    [(400, "refused"), (404, "refused"), (410, "gone"), (429, "refused"), (500, "refused"), (503, "refused")],
)
def test_any_other_answer_is_not(receiver: Receiver, status: int, result: str) -> None:
    receiver.status = status

    assert post(receiver.url).result == result


@pytest.mark.row("H5", "I11")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_never_followed(receiver: Receiver, status: int) -> None:
    with listening() as elsewhere:
        receiver.status, receiver.location = status, elsewhere.url

        ended = post(receiver.url)

        assert (ended.result, ended.status) == ("redirect", status)
        assert len(receiver.received) == 1
        assert elsewhere.received == []


@pytest.mark.row("H5")
def test_of_a_huge_answer_a_kilobyte_is_read(receiver: Receiver) -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 65536)

    with raw_listener(flood) as url:
        ended = post(url)

    assert (ended.result, len(ended.answer)) == ("delivered", 1024)
    assert sent < 64 * 1024 * 1024


@pytest.mark.row("H5")
@pytest.mark.parametrize("part", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HT"])
def test_a_dripped_head_ends_with_the_whole_time(part: bytes) -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(part)
        for _ in range(100):
            connection.sendall(b"a")
            time.sleep(0.1)

    started = time.monotonic()
    with raw_listener(drip) as url:
        ended = post(url, total_seconds=1)
        took = time.monotonic() - started

    assert (ended.result, ended.status) == ("timeout", None)
    assert took < 2


@pytest.mark.row("H5")
def test_a_dripped_body_takes_the_said_status_not_back_and_ends_in_time() -> None:
    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"a")
            time.sleep(0.1)

    started = time.monotonic()
    with raw_listener(drip) as url:
        ended = post(url, total_seconds=1)
        took = time.monotonic() - started

    assert (ended.result, ended.status) == ("delivered", 200)
    assert took < 2


@pytest.mark.row("H5")
def test_silence_is_a_timeout() -> None:
    with raw_listener(lambda connection: time.sleep(1.5)) as url:
        assert post(url, total_seconds=1).result == "timeout"


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000]
)
def test_what_is_no_answer_is_a_lost_connection(said: bytes) -> None:
    def say(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(said)

    with raw_listener(say) as url:
        ended = post(url)

    assert (ended.result, ended.status) == ("connection_lost", None)


def test_nobody_there_is_a_failed_connection() -> None:
    assert post(free_port_url()).result == "connect_failed"


@pytest.mark.row("I11")
def test_a_name_that_is_not_public_is_never_called(settings: Settings, receiver: Receiver) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = []

    assert post(receiver.url).result == "address_refused"
    assert receiver.received == []


@pytest.mark.row("I11")
@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["10.0.0.5"], ["93.184.216.34", "127.0.0.1"], ["::1"], ["::ffff:10.0.0.1"], ["64:ff9b::a00:1"]],
)
def test_a_public_name_with_an_inside_address_is_refused_before_connecting(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = [(socket.AF_INET6 if ":" in a else socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: answer)

    def never(*_arguments: object) -> None:
        raise AssertionError("connected")

    monkeypatch.setattr(socket.socket, "connect", never)

    assert post("https://hooks.example.com/in").result == "address_refused"


@pytest.mark.row("I11")
def test_the_name_is_resolved_once_and_the_connection_goes_to_that_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rebinding: the second answer would be loopback, and nobody asks for it."""
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    connected: list[object] = []

    def resolve(*_arguments: object, **_options: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in answers.pop(0)]

    def refuse(_socket: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    assert post("https://hooks.example.com/in").result == "connect_failed"
    assert connected == [("93.184.216.34", 443)]
    assert len(answers) == 1


def test_a_name_that_does_not_resolve_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    assert post("https://hooks.example.com/in").result == "dns_failed"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """For the name hooks.example.com, signed by itself."""
    path = tmp_path / "both.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=hooks.example.com",
    ]
    names = ["-addext", "subjectAltName=DNS:hooks.example.com", "-keyout", str(path), "-out", str(tmp_path / "c.pem")]
    subprocess.run([*command, *names], check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "c.pem").read_text())
    return path


@pytest.mark.parametrize(
    ("trusts", "name", "result"),
    [
        (True, "hooks.example.com", "delivered"),
        (False, "hooks.example.com", "tls_failed"),
        (True, "other.example.com", "tls_failed"),
    ],
)
def test_the_certificate_is_checked_against_the_name_though_the_address_is_pinned(
    certificate: Path, trusts: bool, name: str, result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    asked_for: list[str] = []
    served.sni_callback = lambda _socket, sni, _context: asked_for.append(sni)

    def answer(connection: socket.socket) -> None:
        with served.wrap_socket(connection, server_side=True) as wrapped:
            wrapped.recv(4096)
            wrapped.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with raw_listener(answer) as url:
        port = int(url.split(":")[2].split("/")[0])
        real = socket.socket.connect
        # Public as far as anybody can see, and led to loopback below that.
        told = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 443))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: told)
        monkeypatch.setattr(socket.socket, "connect", lambda self, _address: real(self, ("127.0.0.1", port)))
        context = ssl.create_default_context(cafile=str(certificate) if trusts else None)
        monkeypatch.setattr(http, "tls_context", lambda: context)

        ended = post(f"https://{name}/in")
        monkeypatch.undo()

    assert ended.result == result
    assert asked_for == [name]
