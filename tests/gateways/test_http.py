"""One client, one decision: what was not sent, what is unknown, and never more than the total deadline."""

import contextlib
import gzip
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from requests.adapters import HTTPAdapter

from gateways.errors import NotSent, OutcomeUnknown, Reason
from gateways.http import GatewayHttp, HttpAnswer
from tests.gateways.scripted import ScriptedServer

SLACK_SECONDS = 0.5
SIGNED_IN = {"Authorization": "Bearer c4n4ry"}


def call(http: GatewayHttp, url: str, *, headers: Mapping[str, str] = SIGNED_IN) -> HttpAnswer:
    return http.request(operation="try", method="POST", url=url, headers=headers, body="a=1")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Signed by nobody that anybody trusts."""
    folder = tmp_path_factory.mktemp("certificate")
    key, both = folder / "key.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(both), "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(command, check=True, capture_output=True)
    both.write_bytes(both.read_bytes() + key.read_bytes())
    return both


@pytest.fixture
def full_backlog() -> Iterator[str]:
    """An address that takes no more connections and refuses none."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(8):
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(listener.getsockname())
        waiting.append(connection)
    time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    for connection in waiting:
        connection.close()
    listener.close()


# --- Answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["200 OK", "402 Payment Required", "409 Conflict", "500 Oh", "503 Busy"])
def test_any_status_is_an_answer(http: GatewayHttp, scripted: ScriptedServer, status: str) -> None:
    scripted.answers(b'{"a": 1}', status=status)

    answer = call(http, scripted.url)

    assert (answer.status, answer.body) == (int(status[:3]), b'{"a": 1}')
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(http: GatewayHttp, scripted: ScriptedServer, status: int) -> None:
    elsewhere = ScriptedServer()
    head = f"HTTP/1.1 {status} Moved\r\nLocation: {elsewhere.url}/\r\nContent-Length: 0\r\n\r\n"
    scripted.says([head.encode()])

    answer = call(http, scripted.url)

    assert answer.status == status
    assert elsewhere.requests == []
    elsewhere.close()


def test_the_body_of_a_redirect_is_capped_too(http: GatewayHttp, scripted: ScriptedServer) -> None:
    scripted.says([b"HTTP/1.1 302 Moved\r\nLocation: /x\r\n\r\n", b"x" * 400_000])

    with pytest.raises(OutcomeUnknown) as caught:
        call(http, scripted.url)

    assert caught.value.reason == Reason.OVERSIZE_ANSWER


def test_connections_are_used_again(http: GatewayHttp, scripted: ScriptedServer) -> None:
    scripted.answers(b"{}")

    for _ in range(5):
        call(http, scripted.url)

    assert (scripted.connections, len(scripted.requests)) == (1, 5)


def test_a_connection_that_was_idle_for_long_is_not_trusted(
    http: GatewayHttp, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateways.deadline._IDLE_SECONDS_MAX", -1.0)
    scripted.answers(b"{}")

    call(http, scripted.url)
    call(http, scripted.url)

    assert scripted.connections == 2


def test_cookies_are_not_carried_from_one_call_to_the_next(http: GatewayHttp, scripted: ScriptedServer) -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=of-another; Path=/\r\nContent-Length: 0\r\n\r\n"
    scripted.says([head], keep_open=True)
    call(http, scripted.url)

    call(http, scripted.url)

    assert b"cookie" not in scripted.requests[1].lower()


def test_nothing_is_taken_from_the_environment(
    http: GatewayHttp, scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password c4n4ry\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    scripted.answers(b"{}")

    call(http, scripted.url, headers={})

    assert b"authorization" not in scripted.requests[0].lower()


# --- Not sent -------------------------------------------------------------------------------------------------------


def test_a_refused_connection_was_not_sent(http: GatewayHttp, scripted: ScriptedServer) -> None:
    scripted.close()

    with pytest.raises(NotSent) as caught:
        call(http, scripted.url)

    assert caught.value.reason == Reason.CONNECT_FAILED


def test_a_name_without_an_address_was_not_sent(http: GatewayHttp) -> None:
    with pytest.raises(NotSent) as caught:
        call(http, "http://gateway.invalid/")

    assert caught.value.reason == Reason.DNS_FAILED


def test_a_connection_that_is_never_taken_was_not_sent(http: GatewayHttp, full_backlog: str) -> None:
    started = time.monotonic()

    with pytest.raises(NotSent) as caught:
        call(http, full_backlog)

    assert caught.value.reason == Reason.CONNECT_TIMEOUT
    assert time.monotonic() - started < 0.5 + SLACK_SECONDS


def test_a_certificate_nobody_trusts_is_refused_before_anything_is_sent(http: GatewayHttp, certificate: Path) -> None:
    server = ScriptedServer(certificate=certificate)

    with pytest.raises(NotSent) as caught:
        call(http, server.url)

    assert caught.value.reason == Reason.TLS_FAILED
    assert server.requests == []
    server.close()


def test_a_trusted_certificate_carries_a_call_and_a_drip_through_it_ends_in_time(
    http: GatewayHttp, certificate: Path
) -> None:
    server = ScriptedServer(certificate=certificate)
    _trust(http, certificate)
    server.answers(b"{}")
    assert call(http, server.url).status == 200
    server.says([b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", *[b"x"] * 90], pause_seconds=0.05)

    with pytest.raises(OutcomeUnknown) as caught:
        call(http, server.url)

    assert caught.value.reason == Reason.TOTAL_DEADLINE
    server.close()


def test_a_handshake_that_never_ends_was_not_sent(http: GatewayHttp) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    started = time.monotonic()

    with pytest.raises(NotSent) as caught:
        call(http, f"https://127.0.0.1:{silent.getsockname()[1]}/")

    assert caught.value.reason == Reason.CONNECT_TIMEOUT
    assert time.monotonic() - started < 0.6 + SLACK_SECONDS
    silent.close()


@pytest.mark.parametrize("url", ["", "gateway", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"])
def test_an_address_that_is_none_was_not_sent(http: GatewayHttp, url: str) -> None:
    with pytest.raises(NotSent) as caught:
        call(http, url)

    assert caught.value.reason == Reason.INVALID_REQUEST


def test_a_header_with_a_line_break_was_not_sent(http: GatewayHttp, scripted: ScriptedServer) -> None:
    with pytest.raises(NotSent) as caught:
        call(http, scripted.url, headers={"Idempotency-Key": "a\r\nX-Other: b"})

    assert caught.value.reason == Reason.INVALID_REQUEST
    assert scripted.requests == []


def test_a_gateway_with_all_places_taken_is_busy_and_not_sent(scripted: ScriptedServer) -> None:
    http = GatewayHttp("test", connect_seconds=0.5, total_seconds=1.0, pool_size=1, busy_seconds=0.05)
    scripted.says([b"", b""], pause_seconds=0.3)
    holder = threading.Thread(target=_call_and_lose, args=(http, scripted.url))
    holder.start()
    while not scripted.requests:
        time.sleep(0.01)

    with pytest.raises(NotSent) as caught:
        call(http, scripted.url)

    assert caught.value.reason == Reason.GATEWAY_BUSY
    holder.join()
    http.close()


def test_only_so_many_wait_for_a_place(scripted: ScriptedServer) -> None:
    """In the moment a gateway begins to hang nobody knows it yet: those who wait must not take every thread."""
    http = GatewayHttp("test", connect_seconds=0.5, total_seconds=2.0, pool_size=1, busy_seconds=5.0, waiting_max=1)
    scripted.says([b"", b""], pause_seconds=0.6)
    holder = threading.Thread(target=_call_and_lose, args=(http, scripted.url))
    waiting = threading.Thread(target=_call_and_lose, args=(http, scripted.url))
    holder.start()
    while not scripted.requests:
        time.sleep(0.01)
    waiting.start()
    time.sleep(0.1)
    started = time.monotonic()

    with pytest.raises(NotSent) as caught:
        call(http, scripted.url)

    assert caught.value.reason == Reason.GATEWAY_BUSY
    assert time.monotonic() - started < 0.3
    holder.join()
    waiting.join()
    assert len(scripted.requests) == 2
    http.close()


def test_nobody_waits_for_a_place_that_slow_calls_have(
    scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateways.http._SLOW_SECONDS", 0.05)
    http = GatewayHttp("test", connect_seconds=0.5, total_seconds=1.0, pool_size=1, busy_seconds=5.0)
    scripted.says([b"", b""], pause_seconds=0.3)
    holder = threading.Thread(target=_call_and_lose, args=(http, scripted.url))
    holder.start()
    while not scripted.requests:
        time.sleep(0.01)
    time.sleep(0.1)
    started = time.monotonic()

    with pytest.raises(NotSent):
        call(http, scripted.url)

    assert time.monotonic() - started < 1
    holder.join()
    http.close()


# --- Unknown --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param([b""] * 100, id="silence"),
        pytest.param([b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n", *[b"x"] * 90], id="body drips"),
        pytest.param([b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 90], id="headers drip"),
        pytest.param([b"H", b"T", b"T", b"P", *[b"/"] * 90], id="status line drips"),
        pytest.param([b"HTTP/1.1 100 Continue\r\n\r\n"] * 90, id="continues for ever"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 90], id="chunks drip"
        ),
    ],
)
def test_the_total_deadline_holds_however_slowly_it_comes(
    http: GatewayHttp, scripted: ScriptedServer, pieces: list[bytes]
) -> None:
    scripted.says(pieces, pause_seconds=0.05)
    started = time.monotonic()

    with pytest.raises(OutcomeUnknown) as caught:
        call(http, scripted.url)

    assert caught.value.reason == Reason.TOTAL_DEADLINE
    assert 0.5 < time.monotonic() - started < 0.6 + SLACK_SECONDS


def test_a_slow_call_does_not_cut_the_next_one_on_the_same_connection(
    http: GatewayHttp, scripted: ScriptedServer
) -> None:
    scripted.answers(b"{}")
    until = time.monotonic() + 1.0

    while time.monotonic() < until:
        assert call(http, scripted.url).status == 200

    assert scripted.connections == 1


@pytest.mark.parametrize(
    ("pieces", "reset", "reason"),
    [
        pytest.param([], True, Reason.CONNECTION_LOST, id="reset"),
        pytest.param([], False, Reason.CONNECTION_LOST, id="closed without a word"),
        pytest.param([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"], False, Reason.CONNECTION_LOST, id="torn"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"],
            False,
            Reason.CONNECTION_LOST,
            id="torn chunk",
        ),
        pytest.param([b"SSH-2.0-OpenSSH\r\n"], False, Reason.CONNECTION_LOST, id="not HTTP"),
        pytest.param([b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 400_000], False, Reason.OVERSIZE_ANSWER, id="too large"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"],
            False,
            Reason.BROKEN_ANSWER,
            id="not gzip",
        ),
    ],
)
def test_after_the_first_byte_every_failure_is_unknown(
    http: GatewayHttp, scripted: ScriptedServer, pieces: list[bytes], *, reset: bool, reason: Reason
) -> None:
    scripted.says(pieces, reset=reset)

    with pytest.raises(OutcomeUnknown) as caught:
        call(http, scripted.url)

    assert caught.value.reason == reason


@pytest.mark.parametrize("layers", [1, 2])
def test_a_compressed_bomb_is_stopped_while_it_unfolds(
    http: GatewayHttp, scripted: ScriptedServer, layers: int
) -> None:
    bomb = b"\0" * 50_000_000
    for _ in range(layers):
        bomb = gzip.compress(bomb)
    encoding = ", ".join(["gzip"] * layers)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(bomb)}\r\n\r\n"
    scripted.says([head.encode() + bomb])

    with pytest.raises(OutcomeUnknown) as caught:
        call(http, scripted.url)

    assert caught.value.reason == Reason.OVERSIZE_ANSWER


def _call_and_lose(http: GatewayHttp, url: str) -> None:
    with contextlib.suppress(OutcomeUnknown):
        call(http, url)


def _trust(http: GatewayHttp, certificate: Path) -> None:
    for adapter in http._session.adapters.values():
        assert isinstance(adapter, HTTPAdapter)
        adapter.init_poolmanager(2, 2, ssl_context=ssl.create_default_context(cafile=str(certificate)))
