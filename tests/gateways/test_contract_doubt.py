"""What every adapter promises when a call has no clear answer: UNKNOWN, whatever the gateway did or did not do."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateways.contract import GatewayReport, Outcome, Subject
from gateways.errors import NoAnswer
from tests.gateways.cases import Case

FAULTS = [
    "execute_then_hang",
    "hang_without_executing",
    "execute_then_reset",
    "reset_without_executing",
    "drip",
    "drip_headers",
    "oversize",
    "html",
    "empty",
    "truncated_json",
    "status_500_executed",
    "status_500_not_executed",
    "status_503",
    "rate_limit_429",
    "redirect_302",
    "unknown_status",
]
Call = Callable[[], GatewayReport]


def _charge(case: Case) -> Call:
    request = case.request()
    return lambda: case.gateway.charge(request)


def _look_up(case: Case) -> Call:
    asking = case.asking(*case.charged())
    return lambda: case.gateway.look_up(asking)


def _look_up_by_reference(case: Case) -> Call:
    request, _charged = case.charged()
    return lambda: case.look_up(request)


def _cancel(case: Case) -> Call:
    asking = case.asking(*case.charged())
    return lambda: case.gateway.cancel(asking)


def _collect(case: Case) -> Call:
    request, charged = case.charged()
    case.act(request, charged, Outcome.APPROVED)
    return lambda: case.gateway.collect(case.asking(request, charged))


def _capture(case: Case) -> Call:
    wanted = case.capture_request(*case.authorized())
    return lambda: case.gateway.capture(wanted)


def _refund(case: Case) -> Call:
    wanted = case.refund_request(*case.paid())
    return lambda: case.gateway.refund(wanted)


def _look_up_refund(case: Case) -> Call:
    wanted = case.refund_request(*case.paid())
    asking = case.asking(wanted, case.gateway.refund(wanted))
    return lambda: case.gateway.look_up_refund(asking)


def _payout(case: Case) -> Call:
    case.fund()
    wanted = case.payout_request()
    return lambda: case.gateway.pay_out(wanted)


def _look_up_payout(case: Case) -> Call:
    case.fund()
    wanted = case.payout_request()
    asking = case.asking(wanted, case.gateway.pay_out(wanted))
    return lambda: case.gateway.look_up_payout(asking)


# Operation -> what the adapter must have for it, and how a call of it is made ready.
OPERATIONS: dict[str, tuple[tuple[str, ...], Callable[[Case], Call]]] = {
    "charge": ((), _charge),
    "look_up": ((), _look_up),
    "look_up_by_reference": (("look_up_by_reference",), _look_up_by_reference),
    "cancel": (("cancel",), _cancel),
    "collect": (("collect",), _collect),
    "capture": (("authorize",), _capture),
    "refund": (("refund",), _refund),
    "look_up_refund": (("refund", "refund_look_up"), _look_up_refund),
    "payout": (("payout",), _payout),
    "look_up_payout": (("payout",), _look_up_payout),
}


SUBJECTS = {
    "refund": Subject.REFUND,
    "look_up_refund": Subject.REFUND,
    "payout": Subject.PAYOUT,
    "look_up_payout": Subject.PAYOUT,
}


def ready(case: Case, operation: str) -> Call:
    needed, prepare = OPERATIONS[operation]
    case.needs("network", *needed)
    return prepare(case)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_call_without_a_clear_answer_is_unknown(case: Case, operation: str, fault: str) -> None:
    call = ready(case, operation)
    case.go_wrong(fault, operation=operation)
    started = time.monotonic()

    report = call()

    assert report.outcome is case.verdict(operation, fault), report
    assert report.subject is SUBJECTS.get(operation, Subject.CHARGE)
    # Where an answer has no body to spoil, the call succeeds as ever, and has no error to tell.
    answered = {Outcome.SUCCEEDED, Outcome.PENDING, *case.fresh}
    assert report.error_code in case.gateway.errors or report.outcome in answered
    assert time.monotonic() - started < 3
    assert case.simulator.control("GET", "/faults") == [], "the fault never struck: is the operation the right one?"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_error_code_that_is_not_listed_is_unknown(case: Case, operation: str) -> None:
    case.needs("unlisted_error")
    call = ready(case, operation)
    status, body = case.unlisted_error
    case.go_wrong("say", operation=operation, status=status, body=body)

    report = call()

    assert report.outcome is Outcome.UNKNOWN, report


@pytest.mark.parametrize("operation", ["charge", "refund", "payout"])
def test_a_redirect_is_not_followed(case: Case, operation: str) -> None:
    call = ready(case, operation)
    before = case.simulator.control("GET", "/requests?limit=1")["redirects_followed"]
    case.go_wrong("redirect_302", operation=operation)

    call()

    assert case.simulator.control("GET", "/requests?limit=1")["redirects_followed"] == before


@pytest.mark.parametrize("operation", ["refund", "payout"])
def test_a_call_that_nobody_takes_was_not_sent(case: Case, operation: str) -> None:
    case.needs("network", operation)
    nobody = case.remake(case.credentials, address="http://127.0.0.1:1")

    if operation == "refund":
        report = nobody.refund(case.refund_request(*case.paid()))
    else:
        report = nobody.pay_out(case.payout_request())

    assert report.outcome is Outcome.NOT_SENT
    assert report.error_code in case.gateway.errors


@pytest.mark.parametrize("operation", ["balance", "settlements"])
@pytest.mark.parametrize("fault", ["execute_then_hang", "html", "empty", "truncated_json", "status_503"])
def test_a_list_that_cannot_be_read_is_not_an_empty_list(case: Case, operation: str, fault: str) -> None:
    case.needs("network", operation)
    case.go_wrong(fault, operation=operation)

    def read() -> object:
        if operation == "balance":
            return case.gateway.balances()
        return case.gateway.settlements(since=case.started, until=case.started + timedelta(days=1))

    with pytest.raises(NoAnswer):
        read()


# --- Lies -----------------------------------------------------------------------------------------------------------

LIES = ["wrong_amount", "wrong_currency", "wrong_reference", "live_mode_answer"]


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("operation", ["charge", "look_up"])
def test_a_lie_never_becomes_a_matching_success(case: Case, operation: str, lie: str) -> None:
    """It is reported as it was told, or is UNKNOWN: the service compares, and stops at what does not match."""
    case.needs("network", f"lie/{lie}", *(["amount_at_charge"] if operation == "charge" else []))
    if lie == "live_mode_answer":
        case.needs("mode")
    request = case.request()
    call: Any = lambda: case.gateway.charge(request)  # noqa: E731
    if operation == "look_up":
        request, paid = case.paid()
        call = lambda: case.look_up(request, paid)  # noqa: E731
    case.go_wrong(lie, operation=operation)

    report = call()

    told = {
        "wrong_amount": report.amount != request.amount,
        "wrong_currency": report.amount is None or report.amount.currency != request.amount.currency,
        "wrong_reference": report.reference != request.reference,
        "live_mode_answer": report.livemode is True,
    }
    assert report.outcome is Outcome.UNKNOWN or told[lie], report
