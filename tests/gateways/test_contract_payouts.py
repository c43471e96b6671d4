"""What every adapter promises about money that we pay out: told as it is, sent once, refused clearly."""

from gateways.contract import Credentials, Outcome, Subject
from tests.gateways.cases import Case


def test_a_payout_tells_what_it_pays(case: Case) -> None:
    case.needs("payout")
    case.fund()
    wanted = case.payout_request()

    report = case.gateway.pay_out(wanted)

    assert (report.outcome, report.subject) == (case.fresh_payout, Subject.PAYOUT), report
    assert report.reference == wanted.reference
    assert report.amount in (wanted.amount, None)
    assert case.books()["payouts"][wanted.reference] == 1


def test_however_a_payout_ends_a_look_up_tells_it(case: Case) -> None:
    case.needs("payout")
    for outcome in sorted({case.fresh_payout, *case.payout_reaches}):
        case.fund()
        wanted = case.payout_request()
        answered = case.gateway.pay_out(wanted)
        if outcome is not case.fresh_payout:
            case.act_payout(wanted, answered, outcome)

        report = case.gateway.look_up_payout(case.asking(wanted, answered))

        assert (report.outcome, report.subject) == (outcome, Subject.PAYOUT), report
        assert (report.reference, report.amount) == (wanted.reference, wanted.amount)
        if outcome in (Outcome.DECLINED, Outcome.REVERSED):
            assert report.error_code == "" or report.error_code in case.gateway.errors


def test_a_payout_whose_answer_was_lost_can_be_sent_again_and_is_paid_once(case: Case) -> None:
    case.needs("payout", "payout_resend", "network")
    case.fund()
    wanted = case.payout_request()
    case.go_wrong("execute_then_reset", operation="payout")
    lost = case.gateway.pay_out(wanted)

    again = case.gateway.pay_out(wanted)

    assert lost.outcome is Outcome.UNKNOWN
    assert again.outcome in {case.fresh_payout, Outcome.SUCCEEDED, Outcome.PENDING, Outcome.UNKNOWN}, again
    assert case.books()["payouts"][wanted.reference] == 1


def test_a_lost_payout_is_found_again_by_our_reference(case: Case) -> None:
    case.needs("payout", "payout_by_reference", "network")
    case.fund()
    wanted = case.payout_request()
    case.go_wrong("execute_then_reset", operation="payout")
    case.gateway.pay_out(wanted)

    found = case.gateway.look_up_payout(case.asking(wanted))

    assert (found.outcome, found.reference) == (case.fresh_payout, wanted.reference), found
    assert found.amount == wanted.amount


def test_a_payout_to_nobody_is_declined(case: Case) -> None:
    case.needs("payout", "payout_refused")
    case.fund()
    wanted = case.payout_request(destination=case.bad_destination)

    report = case.gateway.pay_out(wanted)

    assert report.outcome is Outcome.DECLINED, report
    assert report.error_code in case.gateway.errors
    assert not case.books()["payouts"].get(wanted.reference)


def test_a_payout_with_missing_credentials_is_not_sent(case: Case) -> None:
    case.needs("payout")

    report = case.remake(Credentials({})).pay_out(case.payout_request())

    assert (report.outcome, report.error_code, report.subject) == (
        Outcome.NOT_SENT,
        "credentials_unusable",
        Subject.PAYOUT,
    )


def test_a_payout_with_refused_credentials_is_not_sent(case: Case) -> None:
    case.needs("payout", "revoke")
    case.fund()
    case.revoke()

    report = case.gateway.pay_out(case.payout_request())

    assert report.outcome is Outcome.NOT_SENT, report
