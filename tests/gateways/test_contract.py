"""What every adapter promises about charges, tried against the simulator over real HTTP."""

import pytest

from common.money import Money
from gateways.contract import Credentials, LookUpRequest, Outcome
from gateways.roles import ROLES, Cancels, Charges, Gateway
from tests.gateways.cases import Case

# The roles that this suite tries; others have tests of their own.
TRIED = set(ROLES) - {"charge", "statements"}
IN_DOUBT_OR_OPEN = {
    Outcome.UNKNOWN,
    Outcome.PENDING,
    Outcome.REQUIRES_ACTION,
    Outcome.APPROVED,
    Outcome.AUTHORIZED,
    Outcome.SUCCEEDED,
}


def livemode_of(case: Case) -> bool | None:
    return None if "mode" in case.cannot else False


def test_an_adapter_is_what_the_contract_asks_for(case: Case) -> None:
    assert isinstance(case.gateway, Gateway)
    assert isinstance(case.gateway, Charges)
    assert case.gateway.profile.code == case.name


def test_what_a_case_cannot_have_is_what_the_adapter_has_not(case: Case) -> None:
    had = {word for word, role in ROLES.items() if isinstance(case.gateway, role)}

    assert had & set(case.cannot) == set()
    assert TRIED - had <= set(case.cannot)
    assert all(len(reason) > 5 for reason in case.cannot.values())
    assert case.reaches & {Outcome.SUCCEEDED, Outcome.APPROVED}


# --- Outcomes -------------------------------------------------------------------------------------------------------


def test_a_fresh_charge_asks_the_payer_to_act(case: Case) -> None:
    _request, report = case.charged()

    assert report.outcome in case.fresh, report
    assert report.next_action is not None
    assert report.next_action.kind is case.action
    assert report.next_action.value
    assert report.error_code == ""


def test_a_fresh_charge_tells_what_was_asked(case: Case) -> None:
    case.needs("amount_at_charge")

    request, report = case.charged()

    assert (report.amount, report.reference) == (request.amount, request.reference)
    assert report.livemode is livemode_of(case)


def test_however_the_payer_ends_it_a_look_up_tells_it(case: Case) -> None:
    case.needs("record")

    for outcome in sorted(case.reaches):
        request, charged = case.charged(capture=outcome is not Outcome.AUTHORIZED)

        case.act(request, charged, outcome)
        report = case.look_up(request, charged)

        assert report.outcome is outcome, report
        assert report.reference == request.reference
        assert report.amount == request.amount or (report.amount is None and outcome is not Outcome.SUCCEEDED)
        assert report.livemode is livemode_of(case)
        assert report.gateway_payment_id


def test_a_paid_charge_is_paid_in_the_books(case: Case) -> None:
    case.needs("record")

    request, paid = case.paid()

    [payment] = [payment for payment in case.books()["payments"] if payment["reference"] == request.reference]

    assert paid.amount == request.amount
    assert payment["captured"] == case.in_books(request.amount)


def test_a_decline_has_its_code_in_the_table(case: Case) -> None:
    case.needs("declined")
    request, charged = case.charged()
    case.act(request, charged, Outcome.DECLINED)

    report = case.look_up(request, charged)

    assert report.error_code == case.declined_code
    assert report.error_code in case.gateway.errors
    assert report.next_action is None


def test_collecting_twice_takes_the_money_once(case: Case) -> None:
    case.needs("collect")
    request, charged = case.charged()
    case.act(request, charged, Outcome.APPROVED)

    first = case.gateway.collect(case.asking(request, charged))
    second = case.gateway.collect(case.asking(request, charged))

    assert (first.outcome, second.outcome) == (Outcome.SUCCEEDED, Outcome.SUCCEEDED)
    assert first.amount == second.amount == request.amount
    [payment] = [payment for payment in case.books()["payments"] if payment["reference"] == request.reference]
    assert payment["captured"] == case.in_books(request.amount)


def test_collecting_what_the_payer_has_not_approved_collects_nothing(case: Case) -> None:
    case.needs("collect")
    request, charged = case.charged()

    report = case.gateway.collect(case.asking(request, charged))

    assert report.outcome in {Outcome.REQUIRES_ACTION, Outcome.PENDING, Outcome.UNKNOWN}


def test_a_hold_is_authorized_and_money_only_when_captured(case: Case) -> None:
    case.needs("authorize")
    request, held = case.authorized()

    report = case.gateway.capture(case.capture_request(request, held))

    assert (report.outcome, report.amount, report.reference) == (Outcome.SUCCEEDED, request.amount, request.reference)
    assert case.look_up(request, report).outcome is Outcome.SUCCEEDED


def test_capturing_twice_takes_the_money_once(case: Case) -> None:
    case.needs("authorize")
    request, held = case.authorized()

    reports = [case.gateway.capture(case.capture_request(request, held)) for _ in range(2)]

    assert [report.outcome for report in reports] == [Outcome.SUCCEEDED] * 2
    [payment] = [payment for payment in case.books()["payments"] if payment["reference"] == request.reference]
    assert payment["captured"] == case.in_books(request.amount)


def test_a_charge_that_was_cancelled_is_read_back_as_cancelled(case: Case) -> None:
    case.needs("cancel", "cancel_unpaid")
    request, charged = case.charged()

    report = case.gateway.cancel(case.asking(request, charged))

    assert report.outcome is Outcome.CANCELLED, report
    if "record" not in case.cannot:
        assert case.look_up(request, charged).outcome is Outcome.CANCELLED


def test_a_charge_can_be_cancelled_by_our_reference_alone(case: Case) -> None:
    case.needs("cancel", "cancel_unpaid", "look_up_by_reference")
    request, _charged = case.charged()

    assert case.gateway.cancel(case.asking(request)).outcome is Outcome.CANCELLED


def test_cancelling_what_is_paid_reports_it_paid(case: Case) -> None:
    case.needs("cancel", "record")
    request, paid = case.paid()

    report = case.gateway.cancel(case.asking(request, paid))

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, request.amount)


def test_cancelling_what_cannot_be_found_is_unknown(case: Case) -> None:
    case.needs("cancel", "record")

    report = case.gateway.cancel(LookUpRequest("never-charged", since=case.started, amount=case.amount))

    assert report.outcome is Outcome.UNKNOWN


def test_an_adapter_that_says_it_can_cancel_can(case: Case) -> None:
    can_close = isinstance(case.gateway, Cancels) and "cancel_unpaid" not in case.cannot

    assert case.gateway.profile.cancelable is can_close


def test_money_that_comes_after_all_is_told(case: Case) -> None:
    case.needs("late_success")
    request, charged = case.charged()
    case.act(request, charged, case.late_success_after)
    assert case.look_up(request, charged).outcome is case.late_success_after

    case.act(request, charged, Outcome.SUCCEEDED)
    report = case.look_up(request, charged)

    assert (report.outcome, report.amount, report.reference) == (Outcome.SUCCEEDED, request.amount, request.reference)


# --- The same again -------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_found_again_by_our_reference(case: Case) -> None:
    case.needs("look_up_by_reference", "network")
    request = case.request()
    case.go_wrong("execute_then_reset", operation="charge")
    lost = case.gateway.charge(request)

    found = case.look_up(request)

    assert lost.outcome is Outcome.UNKNOWN
    assert found.outcome in case.fresh
    assert found.reference == request.reference
    assert found.amount in (request.amount, None)
    assert found.gateway_payment_id


def test_a_resend_with_the_same_reference_does_not_charge_twice(case: Case) -> None:
    case.needs("resend", "network")
    request = case.request()
    case.go_wrong("execute_then_hang", operation="charge")
    case.gateway.charge(request)

    again = case.gateway.charge(request)

    assert again.outcome in IN_DOUBT_OR_OPEN, again
    assert case.books()["creates"][request.reference] == 1
    assert case.simulator.calls(request.reference)["received"][case.operations["charge"]] == 2


def test_only_an_adapter_that_recognises_a_resend_says_so(case: Case) -> None:
    if "resend" in case.cannot:
        assert case.gateway.profile.key_retention is None


def test_a_reference_used_for_another_amount_does_not_charge_again(case: Case) -> None:
    case.needs("resend", "record")
    request, _charged = case.charged()
    twice = Money(case.amount.minor * 2, case.amount.currency)
    other = case.request(reference=request.reference, amount=twice)

    report = case.gateway.charge(other)

    assert report.outcome in {Outcome.UNKNOWN, Outcome.PENDING, Outcome.REQUIRES_ACTION}, report
    assert case.books()["creates"][request.reference] == 1
    if report.outcome is not Outcome.UNKNOWN:
        assert report.amount in (request.amount, None)


def test_what_was_never_executed_is_not_found(case: Case) -> None:
    case.needs("look_up_by_reference", "network")
    request = case.request()
    case.go_wrong("hang_without_executing", operation="charge")
    case.gateway.charge(request)

    report = case.look_up(request)

    # Whether "not found" is final is for the service to conclude, from the profile and from time.
    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found")


# --- Not sent -------------------------------------------------------------------------------------------------------


def test_a_gateway_that_takes_no_connection_was_not_sent_anything(case: Case) -> None:
    case.needs("network")
    nobody = case.remake(case.credentials, address="http://127.0.0.1:1")

    report = nobody.charge(case.request())

    assert report.outcome is Outcome.NOT_SENT
    assert report.error_code in case.gateway.errors
    assert nobody.look_up(case.asking(case.request())).outcome is Outcome.UNKNOWN


def test_refused_credentials_were_not_executed(case: Case) -> None:
    case.needs("revoke")
    case.revoke()

    report = case.gateway.charge(case.request())

    assert report.outcome is Outcome.NOT_SENT, report
    assert report.error_code in case.gateway.errors


def test_missing_credentials_stop_a_charge_before_it_is_sent(case: Case) -> None:
    request = case.request()

    report = case.remake(Credentials({})).charge(request)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable")


@pytest.mark.parametrize("call", ["look_up", "cancel", "collect", "capture"])
def test_a_question_that_was_not_sent_is_unknown_not_not_sent(case: Case, call: str) -> None:
    """That a question was not asked says nothing about the charge."""
    if call != "look_up":
        case.needs({"capture": "authorize"}.get(call, call))
    request, charged = case.charged(capture=call != "capture")
    asking = case.capture_request(request, charged) if call == "capture" else case.asking(request, charged)

    report = getattr(case.remake(Credentials({})), call)(asking)

    assert report.outcome is Outcome.UNKNOWN
    assert report.error_code in case.gateway.errors


def test_a_key_of_the_other_mode_stops_a_charge_before_it_is_sent(case: Case) -> None:
    case.needs("mode_of_credentials")
    live = Credentials(case.credentials.values, livemode=True)

    report = case.remake(live).charge(case.request())

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable")


def test_an_amount_that_the_gateway_does_not_take_is_not_sent_or_declined(case: Case) -> None:
    report = case.gateway.charge(case.request(amount=Money(case.amount.minor, "KPW")))

    assert report.outcome in {Outcome.NOT_SENT, Outcome.DECLINED}
    assert report.error_code in case.gateway.errors
