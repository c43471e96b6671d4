"""What an adapter declares about itself is complete, and nothing it shows is a secret."""

import logging
from datetime import timedelta

import pytest

from common import currencies
from gateways.contract import GatewayReport, Outcome, RetryRule, WebhookTrust
from gateways.errors import Reason
from gateways.http import ERRORS
from gateways.roles import Notifies
from tests.gateways.cases import CANARY, Case

METHODS = {"card", "mobile_money", "paypal", "bank_transfer", "bank_debit", "wallet", "ussd", "qr"}
EVERYWHERE = {
    *Reason,
    "not_found",
    "unreadable_answer",
    "unexpected_answer",
    "unlisted_status",
    "contradiction",
    "credentials_unusable",
}
# Of a ChargeRequest, what whoever asks for a payment may leave out; all else the service gives by itself.
LEFT_TO_THE_CALLER = {"payer_phone", "payer_email", "payer_name", "country", "return_url"}
EMAIL, NAME = f"{CANARY}@payer.example", f"Ada {CANARY}"


# --- Profile --------------------------------------------------------------------------------------------------------


def test_every_declared_thing_has_a_value(case: Case) -> None:
    profile = case.gateway.profile

    assert profile.display_name
    assert profile.methods
    assert profile.methods <= METHODS
    assert profile.currencies
    assert all(currencies.exponent(code) >= 0 for code in profile.currencies)
    assert all(len(country) == 2 and country.isupper() for country in profile.countries)
    assert case.amount.currency in profile.currencies
    assert profile.max_processing_time > timedelta(0)
    assert profile.key_retention is None or profile.key_retention > timedelta(0)
    assert profile.late_reversal_days is None or profile.late_reversal_days >= 0
    assert 10 <= profile.reference_max_length <= 255


def test_limits_are_limits_of_its_currencies(case: Case) -> None:
    for currency, (least, most) in case.gateway.profile.limits.items():
        assert currency in case.gateway.profile.currencies
        assert 0 < least < most


def test_what_a_charge_needs_is_what_the_case_gives(case: Case) -> None:
    request = case.request()

    for name in case.gateway.profile.needs:
        assert getattr(request, name), f"a charge needs {name}"


def test_a_charge_needs_nothing_of_the_caller_that_a_caller_cannot_give(case: Case) -> None:
    """Routing passes an account over for what it needs and nobody gave: what nobody can give would shut it for good."""
    assert case.gateway.profile.needs <= LEFT_TO_THE_CALLER


def test_the_credentials_are_the_declared_ones(case: Case) -> None:
    declared = {field.name: field for field in case.gateway.profile.credentials}

    assert declared
    assert len(declared) == len(case.gateway.profile.credentials)
    assert set(case.credentials.values) <= set(declared)
    assert {name for name, field in declared.items() if field.is_required} <= set(case.credentials.values)
    assert all(field.text and len(field.text) > 5 for field in declared.values())
    assert any(field.is_secret for field in declared.values()) or "network" in case.cannot


def test_a_declared_credential_that_is_required_is(case: Case) -> None:
    for field in case.gateway.profile.credentials:
        if field.is_required:
            values = {name: value for name, value in case.credentials.values.items() if name != field.name}

            report = case.remake(type(case.credentials)(values)).charge(case.request())

            assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable"), field.name


def test_the_webhook_trust_is_what_its_webhooks_deserve(case: Case) -> None:
    trust = case.gateway.profile.webhook_trust

    if isinstance(case.gateway, Notifies):
        assert (trust is WebhookTrust.HINT_ONLY) is ("webhook_proof" in case.cannot)
    assert case.gateway.profile.query_by_own_reference is ("look_up_by_reference" not in case.cannot)


def test_each_code_says_who_must_act_and_what_to_tell(case: Case) -> None:
    for code, entry in case.gateway.errors.items():
        assert entry.code == code
        assert entry.retry in RetryRule
        assert entry.who_must_act in {"payer", "staff", "gateway"}
        assert entry.payer_text.strip()
        assert entry.staff_text.strip()


def test_the_codes_of_every_gateway_are_in_the_table(case: Case) -> None:
    assert {str(code) for code in EVERYWHERE} <= set(case.gateway.errors)


@pytest.mark.parametrize("code", ["total_deadline", "connection_lost", "not_found", "unlisted_status", "contradiction"])
def test_nothing_in_doubt_may_be_tried_elsewhere(case: Case, code: str) -> None:
    assert case.gateway.errors[code].retry is RetryRule.NEVER


# --- Secrets --------------------------------------------------------------------------------------------------------


def test_no_secret_reaches_a_log_a_repr_or_a_report(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    personal = {"payer_email": EMAIL, "payer_name": NAME}
    request, charged = case.charged(**personal)
    reports: list[GatewayReport] = [charged]
    if "network" not in case.cannot:
        for fault in ("drip", "html", "status_500_executed", "redirect_302", "execute_then_reset"):
            case.go_wrong(fault, operation="charge")
            reports.append(case.gateway.charge(case.request(**personal)))
    reports.append(case.look_up(request, charged))
    reports += _later_reports(case, personal)

    shown = "\n".join([repr(vars(record)) for record in caplog.records] + [repr(report) for report in reports])
    shown += repr(case.gateway) + repr(vars(case.gateway)) + repr(case.credentials) + repr(request)

    assert caplog.records or "network" in case.cannot
    for secret in _secrets(case, request.payer_phone):
        assert secret not in shown


def _later_reports(case: Case, personal: dict[str, str]) -> list[GatewayReport]:
    if "record" in case.cannot:
        return []
    request, paid = case.paid(**personal)
    reports = [paid]
    if "refund" not in case.cannot:
        reports.append(case.gateway.refund(case.refund_request(request, paid)))
    if "payout" not in case.cannot:
        case.fund()
        reports.append(case.gateway.pay_out(case.payout_request()))
    return reports


def _secrets(case: Case, phone: str) -> set[str]:
    hidden = {field.name for field in case.gateway.profile.credentials if field.is_secret}
    values = {value for name, value in case.credentials.values.items() if name in hidden}
    return {value for value in values | {CANARY, EMAIL, NAME, phone} if value}


# --- Counts ---------------------------------------------------------------------------------------------------------


def counted(code: str) -> float:
    count: float = ERRORS.labels("test", code)._value.get()
    return count


def test_what_was_not_sent_is_counted_once(case: Case) -> None:
    case.needs("network")
    nobody = case.remake(case.credentials, address="http://127.0.0.1:1")
    before = counted("connect_failed")

    report = nobody.charge(case.request())

    assert report.error_code == "connect_failed"
    assert counted("connect_failed") == before + 1


def test_what_has_no_answer_is_counted_once(case: Case) -> None:
    case.needs("network")
    case.go_wrong("execute_then_reset", operation="charge")
    before = counted("connection_lost")

    report = case.gateway.charge(case.request())

    assert report.error_code == "connection_lost"
    assert counted("connection_lost") == before + 1
