"""What a fault does to one call: executed or not, and what the caller gets to see."""

import time
from collections.abc import Callable

from simulator.faults import LIES, Fault, FaultKind
from simulator.gateway import Call, Gateway
from simulator.wire import Manner, Response

ELSEWHERE = "elsewhere"
OVERSIZE_BYTES = 9 * 1024 * 1024
DELIVERY_WAIT_SECONDS_MAX = 10.0
_HTML = b"<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>"


def answer(call: Call, *, gateway: Gateway, fault: Fault | None) -> Response:
    if fault is None:
        return gateway.execute(call)
    if fault.fault in LIES:
        response = gateway.execute(call)
        response.body = gateway.distort(response.body, lie=fault.fault)
        return response
    if fault.fault in _GARBLED:
        return _GARBLED[fault.fault](gateway.execute(call), fault)
    return _without_answer(call, gateway=gateway, fault=fault)


def _without_answer(call: Call, *, gateway: Gateway, fault: Fault) -> Response:
    match fault.fault:
        case FaultKind.HANG_WITHOUT_EXECUTING:
            return _hang(Response(status=200), fault)
        case FaultKind.RESET_WITHOUT_EXECUTING | FaultKind.REFUSE:
            return Response(status=0, manner=Manner.RESET)
        case FaultKind.STATUS_500_EXECUTED:
            return gateway.break_down(call, executed=True)
        case FaultKind.STATUS_500_NOT_EXECUTED:
            return gateway.break_down(call, executed=False)
        case FaultKind.STATUS_503:
            return gateway.refuse(503)
        case FaultKind.RATE_LIMIT_429:
            return gateway.refuse(429)
        case FaultKind.REDIRECT_302:
            return Response(status=302, content_type="text/html", headers=(("Location", _elsewhere(call)),))
        case FaultKind.SAY:
            return Response(status=fault.status, body=fault.body.encode())
        case FaultKind.SLOW:
            return gateway.execute(call, hold_seconds=fault.delay_seconds(default_ms=1000))
        case _:
            raise ValueError(f"{fault.fault} cannot happen to a call.")


def _elsewhere(call: Call) -> str:
    """The same machine under another host name: a client that follows would hand its key to a stranger."""
    port = call.request.headers.get("host", "").rpartition(":")[2]
    return f"http://localhost:{port}/{ELSEWHERE}{call.request.path}"


def _hang(response: Response, fault: Fault) -> Response:
    response.manner = Manner.HANG
    response.pace_seconds = fault.delay_seconds(default_ms=60_000)
    return response


def _reset(response: Response, _fault: Fault) -> Response:
    response.manner = Manner.RESET
    return response


def _drip(response: Response, fault: Fault) -> Response:
    response.manner = Manner.DRIP_HEAD if fault.fault is FaultKind.DRIP_HEADERS else Manner.DRIP_BODY
    response.pace_seconds = fault.delay_seconds(default_ms=1000)
    return response


def _oversize(response: Response, _fault: Fault) -> Response:
    response.body = b'{"padding":"' + b"x" * OVERSIZE_BYTES + b'"}'
    return response


def _html(response: Response, _fault: Fault) -> Response:
    response.status, response.body, response.content_type = 200, _HTML, "text/html; charset=utf-8"
    return response


def _empty(response: Response, _fault: Fault) -> Response:
    response.body = b""
    return response


def _truncated(response: Response, _fault: Fault) -> Response:
    response.body = response.body[: len(response.body) // 2]
    return response


def _after_its_webhooks(response: Response, fault: Fault) -> Response:
    until = time.monotonic() + DELIVERY_WAIT_SECONDS_MAX
    while time.monotonic() < until and not all(delivery.is_over for delivery in response.sent):
        time.sleep(0.005)
    time.sleep(fault.delay_seconds(default_ms=200))
    return response


_GARBLED: dict[FaultKind, Callable[[Response, Fault], Response]] = {
    FaultKind.EXECUTE_THEN_HANG: _hang,
    FaultKind.EXECUTE_THEN_RESET: _reset,
    FaultKind.DRIP: _drip,
    FaultKind.DRIP_HEADERS: _drip,
    FaultKind.OVERSIZE: _oversize,
    FaultKind.HTML: _html,
    FaultKind.EMPTY: _empty,
    FaultKind.TRUNCATED_JSON: _truncated,
    FaultKind.BEFORE_ANSWER: _after_its_webhooks,
}
