"""What every adapter promises about money that goes back: by our will, in parts, once, and never too much."""

from common.money import Money
from gateways.contract import Credentials, GatewayReport, Outcome, RefundRequest, Subject
from tests.gateways.cases import Case


def refunded(case: Case, reference: str) -> object:
    [payment] = [payment for payment in case.books()["payments"] if payment["reference"] == reference]
    return payment["refunded"]


def ended(case: Case, wanted: RefundRequest, report: GatewayReport) -> GatewayReport:
    """A refund that takes its time has ended well."""
    if report.outcome is Outcome.PENDING and Outcome.SUCCEEDED in case.refund_reaches:
        case.act_refund(wanted, report, Outcome.SUCCEEDED)
    return report


def test_a_refund_tells_what_it_gave_back(case: Case) -> None:
    case.needs("refund")
    request, paid = case.paid()
    wanted = case.refund_request(request, paid)

    report = case.gateway.refund(wanted)

    assert (report.outcome, report.subject) == (case.fresh_refund, Subject.REFUND), report
    assert report.amount == request.amount
    assert report.gateway_payment_id or report.reference == wanted.reference
    assert report.about in ("", paid.gateway_payment_id)
    ended(case, wanted, report)
    assert refunded(case, request.reference) == case.in_books(request.amount)


def test_however_a_refund_ends_a_look_up_tells_it(case: Case) -> None:
    case.needs("refund", "refund_look_up")
    for outcome in sorted({case.fresh_refund, *case.refund_reaches}):
        wanted = case.refund_request(*case.paid())
        answered = case.gateway.refund(wanted)
        if outcome is not case.fresh_refund:
            case.act_refund(wanted, answered, outcome)

        report = case.gateway.look_up_refund(case.asking(wanted, answered))

        assert (report.outcome, report.subject, report.amount) == (outcome, Subject.REFUND, wanted.amount), report
        assert report.gateway_payment_id == answered.gateway_payment_id


def test_a_payment_is_given_back_in_parts_but_not_beyond(case: Case) -> None:
    case.needs("refund", "refund_by_part")
    request, paid = case.paid()
    first_part, rest = _two_parts(request.amount)
    first = case.refund_request(request, paid, first_part)
    second = case.refund_request(request, paid, rest)

    reports = [ended(case, wanted, case.gateway.refund(wanted)) for wanted in (first, second)]
    beyond = case.gateway.refund(case.refund_request(request, paid, first_part))

    assert [report.amount for report in reports] == [first_part, rest]
    assert {report.outcome for report in reports} == {case.fresh_refund}
    assert beyond.outcome is Outcome.DECLINED, beyond
    assert beyond.error_code in case.gateway.errors
    assert refunded(case, request.reference) == case.in_books(request.amount)


def test_too_large_a_refund_is_declined_and_gives_nothing_back(case: Case) -> None:
    case.needs("refund")
    request, paid = case.paid()
    too_much = Money(request.amount.minor * 2, request.amount.currency)

    report = case.gateway.refund(case.refund_request(request, paid, too_much))

    assert report.outcome is Outcome.DECLINED, report
    assert report.error_code in case.gateway.errors
    assert not refunded(case, request.reference)


def test_a_refund_whose_answer_was_lost_can_be_sent_again_and_is_paid_once(case: Case) -> None:
    case.needs("refund", "refund_reference", "network")
    request, paid = case.paid()
    wanted = case.refund_request(request, paid, _two_parts(request.amount)[0])
    case.go_wrong("execute_then_reset", operation="refund")
    lost = case.gateway.refund(wanted)

    again = case.gateway.refund(wanted)

    assert lost.outcome is Outcome.UNKNOWN
    assert again.outcome in {case.fresh_refund, Outcome.SUCCEEDED, Outcome.UNKNOWN}, again
    assert case.books()["refunds"][wanted.reference] == 1


def test_a_lost_refund_is_found_again_by_our_reference(case: Case) -> None:
    case.needs("refund", "refund_look_up", "refund_by_reference", "network")
    request, paid = case.paid()
    wanted = case.refund_request(request, paid)
    case.go_wrong("execute_then_reset", operation="refund")
    case.gateway.refund(wanted)

    found = case.gateway.look_up_refund(case.asking(wanted))

    assert (found.outcome, found.subject) == (case.fresh_refund, Subject.REFUND), found
    assert (found.reference, found.amount) == (wanted.reference, wanted.amount)


def test_a_refund_with_missing_credentials_is_not_sent(case: Case) -> None:
    case.needs("refund")
    wanted = case.refund_request(*case.paid())

    report = case.remake(Credentials({})).refund(wanted)

    assert (report.outcome, report.error_code, report.subject) == (
        Outcome.NOT_SENT,
        "credentials_unusable",
        Subject.REFUND,
    )


def _two_parts(amount: Money) -> tuple[Money, Money]:
    first = amount.minor // 3
    return Money(first, amount.currency), Money(amount.minor - first, amount.currency)
