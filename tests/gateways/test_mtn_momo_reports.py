"""Every status, reason and error of MTN MoMo, and what it becomes."""

import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.mtn_momo.gateway import MtnMomoGateway
from gateways.adapters.mtn_momo.wording import reference_id
from gateways.contract import (
    Credentials,
    Destination,
    DestinationKind,
    GatewayReport,
    LookUpRequest,
    NextActionKind,
    Outcome,
    PayoutRequest,
    RefundRequest,
    Subject,
)
from gateways.http import GatewayHttp
from tests.gateways.cases import number
from tests.gateways.mtn_momo_accounts import adapter, asking, credentials, register, wanted
from tests.gateways.simulated import Simulator


class Shop:
    """One account at the simulator and its adapter."""

    def __init__(self, simulator: Simulator, http: GatewayHttp) -> None:
        self.simulator = simulator
        self.http = http
        self.credentials = credentials(refund_supported="yes")
        self.account = register(simulator, self.credentials)
        self.gateway = self.remade()

    def remade(self, **changes: str) -> MtnMomoGateway:
        """The same account with other settings."""
        changed = Credentials({**self.credentials.values, **changes})
        return adapter(changed, address=f"{self.simulator.url}/mtn_momo", http=self.http)

    def hears(self, operation: str, *, status: int = 200, body: str = "") -> None:
        self.simulator.go_wrong("say", gateway="mtn_momo", operation=operation, status=status, body=body)

    def told(self, reference: str = "ref-odd", *, keep: dict[str, str] | None = None, **changes: Any) -> GatewayReport:
        """What a look-up of a charge makes of a transaction."""
        self.hears("retrieve", body=transaction(reference, **changes))
        return self.gateway.look_up(LookUpRequest(reference, keep=keep or {}))


def transaction(reference: str = "ref-odd", **changes: Any) -> str:
    plain = {
        "amount": "13.37",
        "currency": "EUR",
        "externalId": reference,
        "payer": {"partyIdType": "MSISDN", "partyId": "46733120001"},
        "status": "PENDING",
    }
    return json.dumps({name: value for name, value in (plain | changes).items() if value is not None})


@pytest.fixture
def shop(simulator: Simulator, http: GatewayHttp) -> Any:
    yield Shop(simulator, http)
    simulator.clear_faults()


def payout(**changes: Any) -> PayoutRequest:
    phone = Destination(DestinationKind.MOBILE_MONEY, "+46733120002")
    plain = {"reference": f"pay-{number()}", "amount": Money(4_21, "EUR"), "destination": phone}
    return PayoutRequest(**plain | changes)


# --- Statuses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "outcome", "code"),
    [
        ("PENDING", None, Outcome.REQUIRES_ACTION, ""),
        ("PENDING", "ONGOING", Outcome.REQUIRES_ACTION, ""),
        ("CREATED", None, Outcome.REQUIRES_ACTION, ""),
        ("SUCCESSFUL", None, Outcome.SUCCEEDED, ""),
        ("FAILED", "APPROVAL_REJECTED", Outcome.CANCELLED, "APPROVAL_REJECTED"),
        ("FAILED", {"code": "REJECTED", "message": "No"}, Outcome.CANCELLED, "REJECTED"),
        ("FAILED", "PAYMENT_NOT_APPROVED", Outcome.CANCELLED, "PAYMENT_NOT_APPROVED"),
        ("FAILED", "TRANSACTION_CANCELED", Outcome.CANCELLED, "TRANSACTION_CANCELED"),
        ("FAILED", "EXPIRED", Outcome.EXPIRED, "EXPIRED"),
        ("FAILED", {"code": "COULD_NOT_PERFORM_TRANSACTION"}, Outcome.EXPIRED, "COULD_NOT_PERFORM_TRANSACTION"),
        ("FAILED", "PAYER_NOT_FOUND", Outcome.DECLINED, "PAYER_NOT_FOUND"),
        ("FAILED", "INTERNAL_PROCESSING_ERROR", Outcome.DECLINED, "INTERNAL_PROCESSING_ERROR"),
        ("FAILED", "NEW_REASON", Outcome.DECLINED, "failed_without_listed_reason"),
        ("FAILED", None, Outcome.DECLINED, "failed_without_listed_reason"),
        ("TIMEOUT", None, Outcome.UNKNOWN, "unlisted_status"),
        ("REJECTED", None, Outcome.UNKNOWN, "unlisted_status"),
        ("successful", None, Outcome.UNKNOWN, "unlisted_status"),
        ("", None, Outcome.UNKNOWN, "unlisted_status"),
    ],
)
def test_a_status_of_a_charge(shop: Shop, status: str, reason: Any, outcome: Outcome, code: str) -> None:
    report = shop.told(status=status, reason=reason)

    assert (report.outcome, report.error_code) == (outcome, code)
    assert (report.reference, report.amount) == ("ref-odd", Money(13_37, "EUR"))
    assert report.gateway_payment_id == reference_id("ref-odd")
    assert code == "" or code in shop.gateway.errors


@pytest.mark.parametrize("reason", ["EXPIRED", "COULD_NOT_PERFORM_TRANSACTION", "APPROVAL_REJECTED", "NEW_REASON"])
@pytest.mark.parametrize("look_up", ["look_up_payout", "look_up_refund"])
def test_money_that_we_send_fails_for_any_reason(shop: Shop, look_up: str, reason: str) -> None:
    operation = "retrieve_transfer" if look_up == "look_up_payout" else "retrieve_refund"
    shop.hears(operation, body=transaction(status="FAILED", reason=reason, payer=None))

    report = getattr(shop.gateway, look_up)(LookUpRequest("ref-odd"))

    assert report.outcome is Outcome.DECLINED


@pytest.mark.parametrize(("status", "outcome"), [("TIMEOUT", Outcome.EXPIRED), ("REJECTED", Outcome.DECLINED)])
def test_an_odd_status_of_a_charge_counts_once_it_was_read_twice(shop: Shop, status: str, outcome: Outcome) -> None:
    first = shop.told(status=status)
    second = shop.told(status=status, keep=dict(first.keep))

    assert (first.outcome, second.outcome) == (Outcome.UNKNOWN, outcome)
    assert second.error_code in shop.gateway.errors


def test_an_odd_status_of_a_payout_stays_in_doubt(shop: Shop) -> None:
    keep: dict[str, str] = {}
    for _reading in range(3):
        shop.hears("retrieve_transfer", body=transaction(status="TIMEOUT", payer=None))
        report = shop.gateway.look_up_payout(LookUpRequest("ref-odd", keep=keep))
        keep = dict(report.keep)

        assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unlisted_status")


def test_a_pending_charge_tells_the_payer_to_look_at_the_phone(shop: Shop) -> None:
    report = shop.told()

    assert report.next_action is not None
    assert report.next_action.kind is NextActionKind.PHONE_PROMPT
    assert "phone" in report.next_action.value


@pytest.mark.parametrize("changes", [{"amount": 13.37}, {"amount": None}, {"currency": None}, {"status": None},
                                     {"externalId": 7}, {"reason": ["x"]}, {"payer": "x"}])  # fmt: skip
def test_a_malformed_transaction_is_unknown_never_guessed(shop: Shop, changes: dict[str, Any]) -> None:
    report = shop.told(**{"status": "SUCCESSFUL"} | changes)

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "unreadable_answer")


def test_an_amount_that_we_cannot_count_is_not_stated(shop: Shop) -> None:
    report = shop.told(status="SUCCESSFUL", amount="13.375")

    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, None)


def test_what_is_shown_holds_no_number_of_a_phone(shop: Shop) -> None:
    report = shop.told(status="FAILED", reason={"code": "PAYER_NOT_FOUND", "message": "46733120001 is not known"})

    assert "46733120001" not in repr(report) + report.error_message + json.dumps(dict(report.raw))
    assert report.error_message == "… is not known"


# --- Refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "outcome", "code"),
    [
        (500, {"code": "NOT_ALLOWED"}, Outcome.DECLINED, "NOT_ALLOWED"),
        (500, {"code": "NOT_ALLOWED_TARGET_ENVIRONMENT"}, Outcome.DECLINED, "NOT_ALLOWED_TARGET_ENVIRONMENT"),
        (500, {"code": "INVALID_CALLBACK_URL_HOST"}, Outcome.DECLINED, "INVALID_CALLBACK_URL_HOST"),
        (500, {"code": "INVALID_CURRENCY"}, Outcome.DECLINED, "INVALID_CURRENCY"),
        (500, {"code": "INTERNAL_PROCESSING_ERROR"}, Outcome.UNKNOWN, "unexpected_answer"),
        (500, {}, Outcome.UNKNOWN, "unexpected_answer"),
        (503, {"code": "SERVICE_UNAVAILABLE"}, Outcome.UNKNOWN, "unexpected_answer"),
        (400, None, Outcome.DECLINED, "bad_request"),
        (400, {"code": "NEW"}, Outcome.DECLINED, "bad_request"),
        (403, {"statusCode": 403, "message": "No"}, Outcome.NOT_SENT, "access_denied"),
        (429, None, Outcome.NOT_SENT, "rate_limit"),
        (404, {"code": "RESOURCE_NOT_FOUND"}, Outcome.UNKNOWN, "unexpected_answer"),
        (409, {"code": "OTHER"}, Outcome.UNKNOWN, "unexpected_answer"),
        (200, {}, Outcome.UNKNOWN, "unreadable_answer"),
        (201, None, Outcome.UNKNOWN, "unexpected_answer"),
        (202, {"status": "SUCCESSFUL"}, Outcome.UNKNOWN, "unexpected_answer"),
    ],
)
def test_an_answer_to_a_charge(shop: Shop, status: int, body: Any, outcome: Outcome, code: str) -> None:
    request = wanted()
    shop.hears("create", status=status, body="" if body is None else json.dumps(body))

    report = shop.gateway.charge(request)

    assert (report.outcome, report.error_code) == (outcome, code)
    assert report.gateway_payment_id == reference_id(request.reference)
    assert report.error_code in shop.gateway.errors


def test_a_request_whose_token_was_forgotten_is_sent_once_more_with_a_new_one(shop: Shop) -> None:
    shop.gateway.charge(wanted())
    shop.simulator.control("POST", "/mtn_momo/tokens/expire")
    request = wanted()

    report = shop.gateway.charge(request)

    assert report.outcome is Outcome.REQUIRES_ACTION
    assert shop.simulator.calls(request.reference)["received"] == {"create": 2}
    assert shop.simulator.calls(request.reference)["executed"] == {"create": 1}


# --- Not found ------------------------------------------------------------------------------------------------------


def test_what_was_accepted_and_is_not_found_was_not_refused(shop: Shop) -> None:
    """A note with odd characters, a lag or the other platform: never "not accepted"."""
    request = wanted()
    accepted = shop.gateway.charge(request)
    shop.hears("retrieve", status=404, body='{"code":"RESOURCE_NOT_FOUND","message":"x"}')

    report = shop.gateway.look_up(asking(request, accepted))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found_after_acceptance")
    assert report.keep == accepted.keep


@pytest.mark.parametrize("body", ["", "{}", '{"statusCode":404,"message":"Resource not found"}'])
def test_a_404_of_what_stands_before_mtn_is_not_a_not_found(shop: Shop, body: str) -> None:
    shop.hears("retrieve", status=404, body=body)

    assert shop.gateway.look_up(LookUpRequest("ref-odd")).error_code == "unexpected_answer"


def test_the_other_platform_is_never_asked(shop: Shop) -> None:
    request = wanted()

    report = shop.gateway.look_up(LookUpRequest(request.reference, keep={"platform": "legacy", "accepted": "yes"}))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "platform_changed")
    assert shop.simulator.calls(request.reference)["total"] == 0


def test_an_id_that_is_none_is_never_put_into_a_path(shop: Shop) -> None:
    report = shop.gateway.look_up(LookUpRequest("ref-odd", gateway_payment_id="../account/balance"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "invalid_request")


# --- Known already --------------------------------------------------------------------------------------------------


def test_a_charge_known_already_is_reported_as_it_stands(shop: Shop) -> None:
    request = wanted()
    first = shop.gateway.charge(request)
    shop.simulator.control("POST", f"/mtn_momo/transactions/{first.gateway_payment_id}/end", status="SUCCESSFUL")

    again = shop.gateway.charge(request)

    assert (again.outcome, again.amount, again.reference) == (Outcome.SUCCEEDED, request.amount, request.reference)


@pytest.mark.parametrize("change", [{"amount": Money(4_21, "EUR")}, {"payer_phone": "+46733120009"}])
def test_a_charge_known_already_that_asks_something_else_is_a_contradiction(shop: Shop, change: dict[str, Any]) -> None:
    request = wanted()
    shop.gateway.charge(request)

    again = shop.gateway.charge(wanted(reference=request.reference, **change))

    assert (again.outcome, again.error_code) == (Outcome.UNKNOWN, "contradiction")
    assert again.next_action is None


def test_a_charge_known_already_whose_status_is_not_to_be_had_counts_as_accepted(shop: Shop) -> None:
    request = wanted()
    shop.gateway.charge(request)
    shop.hears("retrieve", status=404, body='{"code":"RESOURCE_NOT_FOUND"}')

    again = shop.gateway.charge(request)

    assert (again.outcome, again.error_code) == (Outcome.UNKNOWN, "not_found_after_acceptance")


def test_a_payout_known_already_to_another_phone_is_a_contradiction(shop: Shop) -> None:
    first = payout()
    shop.gateway.pay_out(first)

    other = Destination(DestinationKind.MOBILE_MONEY, "+46733120009")
    again = shop.gateway.pay_out(payout(reference=first.reference, destination=other))

    assert (again.outcome, again.error_code, again.subject) == (Outcome.UNKNOWN, "contradiction", Subject.PAYOUT)


# --- Refunds --------------------------------------------------------------------------------------------------------


def paid(shop: Shop) -> tuple[Any, GatewayReport]:
    request = wanted()
    report = shop.gateway.charge(request)
    shop.simulator.control("POST", f"/mtn_momo/transactions/{report.gateway_payment_id}/end", status="SUCCESSFUL")
    return request, report


def refund_of(request: Any, report: GatewayReport) -> RefundRequest:
    return RefundRequest(
        reference=f"ref-{number()}",
        charge_reference=request.reference,
        gateway_payment_id=report.gateway_payment_id,
        amount=request.amount,
        charged=request.amount,
        payer_phone=request.payer_phone,
    )


@pytest.mark.parametrize("setting", ["", "no"])
def test_a_refund_is_not_sent_until_the_account_says_it_may(shop: Shop, setting: str) -> None:
    wish = refund_of(*paid(shop))

    report = shop.remade(refund_supported=setting).refund(wish)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "refund_not_supported")
    assert shop.simulator.calls(wish.reference)["total"] == 0


def test_a_refund_by_transfer_pays_the_payer_and_is_found_whether_or_not_the_way_is_known(shop: Shop) -> None:
    by_transfer = shop.remade(refund_supported="transfer")
    request, charged = paid(shop)
    wish = refund_of(request, charged)

    report = by_transfer.refund(wish)

    assert (report.outcome, report.subject, report.about) == (
        Outcome.PENDING, Subject.REFUND, charged.gateway_payment_id,
    )  # fmt: skip
    assert shop.simulator.calls(wish.reference)["received"] == {"transfer": 1}
    for gateway, keep in [
        (by_transfer, report.keep),
        (by_transfer, {}),
        (shop.gateway, {}),
        (shop.gateway, report.keep),
    ]:
        found = gateway.look_up_refund(LookUpRequest(wish.reference, keep=keep))
        assert (found.outcome, found.subject, found.amount) == (Outcome.PENDING, Subject.REFUND, wish.amount)


def test_a_refund_that_neither_way_knows_is_not_found(shop: Shop) -> None:
    report = shop.gateway.look_up_refund(LookUpRequest("never-refunded"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "not_found")


# --- Purses ---------------------------------------------------------------------------------------------------------


def test_each_purse_is_told(shop: Shop) -> None:
    paid(shop)

    collected, to_pay_out = shop.gateway.balances()

    assert collected.available == Money(13_37, "EUR")
    assert to_pay_out.available == Money(1_000_000_00, "EUR")


def test_a_payout_beyond_the_purse_fails(shop: Shop) -> None:
    shop.simulator.control("POST", f"/mtn_momo/accounts/{shop.account}/fund", amount=-1_000_000_00 + 4_20)
    wish = payout()
    sent = shop.gateway.pay_out(wish)
    shop.simulator.control("POST", f"/mtn_momo/transactions/{sent.gateway_payment_id}/end", status="SUCCESSFUL")

    report = shop.gateway.look_up_payout(asking(wish, sent))

    assert (report.outcome, report.error_code) == (Outcome.DECLINED, "NOT_ENOUGH_FUNDS")
