"""What every adapter promises about webhooks: only genuine and fresh ones, and the same words as the answers.

They are the simulator's own, sent over HTTP to a receiver, as the gateway would send them.
"""

import dataclasses
import time

import pytest

from gateways.contract import (
    Credentials,
    GatewayReport,
    IncomingWebhook,
    Outcome,
    Subject,
    WebhookRefused,
    WebhookTrust,
)
from gateways.errors import NoAnswer
from tests.gateways.cases import Case
from tests.simulator.receiver import Received, Receiver

GARBAGE = [b"", b"{", b"[]", b"null", b"\xff\xfe", b"a=1", b"[" * 100_000, b'{"a":' * 100_000, b'{"id":"evt_1"}']


def incoming(received: Received, *, at: int | None = None) -> IncomingWebhook:
    return IncomingWebhook(received.body, received.headers, at or int(time.time()), received.query)


def heard(case: Case, receiver: Receiver, *, about: set[str], outcomes: set[Outcome]) -> tuple[Received, GatewayReport]:
    """The first genuine webhook that points at one of these ids or references and tells one of these outcomes."""
    found: list[tuple[Received, GatewayReport]] = []

    def look() -> bool:
        for received in list(receiver.received):
            report = _read(case, received)
            if report is None or report.outcome not in outcomes:
                continue
            if {report.gateway_payment_id, report.about, report.reference} & (about - {""}):
                found.append((received, report))
                return True
        return False

    receiver.wait_for(look)
    return found[0]


def _read(case: Case, received: Received) -> GatewayReport | None:
    try:
        case.gateway.verify_webhook(incoming(received))
    except WebhookRefused:
        return None
    report: GatewayReport | None = case.gateway.parse_webhook(received.body, received.query)
    return report


@pytest.fixture
def genuine(case: Case, receiver: Receiver) -> Received:
    """The webhook about a charge that was paid."""
    case.needs("webhooks")
    case.hear_at(receiver.url)
    request, paid = case.paid()
    return heard(case, receiver, about={request.reference, paid.gateway_payment_id}, outcomes=set(Outcome))[0]


# --- Genuine --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.CANCELLED, Outcome.EXPIRED])
def test_a_webhook_says_what_a_look_up_says(case: Case, receiver: Receiver, outcome: Outcome) -> None:
    case.needs("webhooks", f"webhook/{outcome}")
    case.hear_at(receiver.url)
    if outcome is Outcome.SUCCEEDED:
        request, told = case.paid()
    else:
        request, charged = case.charged()
        case.act(request, charged, outcome)
        told = case.look_up(request, charged)
    is_believed = "webhook_outcome" not in case.cannot
    about = {request.reference, told.gateway_payment_id}

    _received, report = heard(case, receiver, about=about, outcomes={outcome} if is_believed else set(Outcome))

    assert report.subject is Subject.CHARGE
    assert report.occurred_at is None or abs(report.occurred_at.timestamp() - time.time()) < 60
    if is_believed:
        for name in ("outcome", "gateway_payment_id", "reference", "amount", "livemode", "error_code"):
            assert getattr(report, name) == getattr(told, name), name


def test_only_signed_webhooks_are_believed(case: Case) -> None:
    is_signed = case.gateway.profile.webhook_trust is WebhookTrust.SIGNED

    assert is_signed is not bool({"webhooks", "webhook_outcome"} & set(case.cannot))


@pytest.mark.row("C6")
def test_a_genuine_webhook_has_an_id_of_its_own(case: Case, genuine: Received) -> None:
    envelopes = [case.gateway.verify_webhook(incoming(genuine)) for _ in range(2)]

    assert envelopes[0] == envelopes[1]
    assert envelopes[0].event_id
    assert len(envelopes[0].event_id) <= 255
    assert envelopes[0].livemode in (None, False)


@pytest.mark.parametrize("lie", ["wrong_amount", "wrong_currency", "wrong_reference"])
def test_a_signed_lie_is_told_as_it_is(case: Case, receiver: Receiver, lie: str) -> None:
    case.needs("webhooks", "webhook_outcome", f"webhook_lie/{lie}")
    case.hear_at(receiver.url)
    case.simulator.go_wrong(lie, gateway=case.name, operation="webhook", times=None, match={"account": case.account})

    request, paid = case.paid()
    _received, report = heard(
        case,
        receiver,
        about={request.reference, paid.gateway_payment_id, f"other-{request.reference}"},
        outcomes={Outcome.SUCCEEDED, Outcome.UNKNOWN},
    )

    assert report.outcome is Outcome.UNKNOWN or (report.amount, report.reference) != (request.amount, request.reference)


# --- Not genuine ----------------------------------------------------------------------------------------------------


def test_a_body_that_was_touched_is_refused(case: Case, genuine: Received) -> None:
    case.needs("webhook_proof", "webhook_body")
    webhook = incoming(genuine)

    for body in (webhook.body + b" ", webhook.body + b"\n", webhook.body[:-1], webhook.body.replace(b"1", b"2", 1)):
        with pytest.raises(WebhookRefused):
            case.gateway.verify_webhook(dataclasses.replace(webhook, body=body))


def test_a_webhook_without_its_proof_is_refused(case: Case, genuine: Received) -> None:
    case.needs("webhook_proof")
    webhook = incoming(genuine)
    assert case.proof_headers, "name the headers that carry the proof, or say webhook_proof cannot be had"

    for missing in case.proof_headers:
        assert missing in webhook.headers
        headers = {name: value for name, value in webhook.headers.items() if name != missing}
        with pytest.raises(WebhookRefused):
            case.gateway.verify_webhook(dataclasses.replace(webhook, headers=headers))
        for odd in ("", "x", "0" * 5_000, "é"):
            with pytest.raises(WebhookRefused):
                case.gateway.verify_webhook(dataclasses.replace(webhook, headers=headers | {missing: odd}))


@pytest.mark.parametrize("which", ["other_secret", "empty_secret"])
def test_a_webhook_for_another_secret_or_none_is_refused(case: Case, genuine: Received, which: str) -> None:
    case.needs("webhook_proof", which)
    changes = getattr(case, which)
    assert changes
    other = case.remake(Credentials({**case.credentials.values, **changes}))

    with pytest.raises(WebhookRefused):
        other.verify_webhook(incoming(genuine))


@pytest.mark.parametrize(("seconds", "is_fresh"), [(-3600, False), (-200, True), (200, True), (3600, False)])
def test_a_webhook_is_believed_near_its_time_only(
    case: Case, genuine: Received, seconds: int, *, is_fresh: bool
) -> None:
    case.needs("webhook_proof", "webhook_time")
    webhook = incoming(genuine, at=int(time.time()) + seconds)

    if is_fresh:
        assert case.gateway.verify_webhook(webhook).event_id
    else:
        with pytest.raises(WebhookRefused):
            case.gateway.verify_webhook(webhook)


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_is_refused_or_says_nothing(case: Case, genuine: Received, body: bytes) -> None:
    webhook = dataclasses.replace(incoming(genuine), body=body)
    tries = [webhook] + ([case.sign(body)] if case.sign else [])

    for garbage in tries:
        try:
            envelope = case.gateway.verify_webhook(garbage)
        except (WebhookRefused, NoAnswer):
            continue
        assert case.gateway.profile.webhook_trust is not WebhookTrust.SIGNED or "webhook_body" in case.cannot
        assert envelope.event_id
    report = case.gateway.parse_webhook(body, genuine.query)
    assert report is None or report.outcome is Outcome.UNKNOWN or report.amount is None


# --- News that comes late -------------------------------------------------------------------------------------------


def test_money_that_is_taken_back_later_is_told(case: Case, receiver: Receiver) -> None:
    case.needs("late_reversal")
    if "webhooks" not in case.cannot:
        case.hear_at(receiver.url)
    request, paid = case.paid()

    case.reverse(request, paid)
    report = case.look_up(request, paid)
    if report.outcome is not Outcome.REVERSED:
        about = {request.reference, paid.gateway_payment_id}
        _received, report = heard(case, receiver, about=about, outcomes={Outcome.REVERSED})

    assert report.outcome is Outcome.REVERSED
    assert report.amount == request.amount
    assert case.gateway.profile.late_reversal_days
