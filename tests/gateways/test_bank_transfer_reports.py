"""Bank transfer says only what it can know: where to pay, that it waits, and that it waits no longer."""

import json
from typing import Any

import pytest

from common.money import Money
from gateways.adapters.bank_transfer.gateway import BankTransferGateway
from gateways.contract import ChargeRequest, Credentials, LookUpRequest, NextActionKind, Outcome
from gateways.registry import capabilities
from tests.support.camt import IBAN

DETAILS = {
    "iban": "de89 3704 0044 0532 0130 00",
    "bic": "COBADEFFXXX",
    "holder": "Société Odd Nights",
    "bank_name": "Odd",
}


def gateway(**changes: str) -> BankTransferGateway:
    return BankTransferGateway(Credentials(DETAILS | changes), simulator="http://127.0.0.1:1/nobody")


def charge(adapter: BankTransferGateway, **changes: Any) -> Any:
    return adapter.charge(ChargeRequest(**{"reference": "att_odd", "amount": Money(13_37, "EUR")} | changes))


def test_the_payer_is_told_everything_the_banks_form_asks_for() -> None:
    report = charge(gateway())

    assert (report.outcome, report.gateway_status) == (Outcome.REQUIRES_ACTION, "waits_for_statement")
    assert report.next_action.kind is NextActionKind.INSTRUCTIONS
    shown = json.loads(report.next_action.value)
    groups = shown.pop("referenceInGroups")
    assert shown == {
        "iban": IBAN,
        "bic": "COBADEFFXXX",
        "holder": "Societe Odd Nights",
        "bank": "Odd",
        "amount": "13.37",
        "currency": "EUR",
        "reference": report.gateway_payment_id,
    }
    assert groups.replace(" ", "") == report.gateway_payment_id
    assert len(report.next_action.value) < 1_000


@pytest.mark.parametrize(("amount", "shown"), [(Money(5_003, "XOF"), "5003"), (Money(5, "EUR"), "0.05")])
def test_amounts_are_shown_with_the_currencys_decimals(amount: Money, shown: str) -> None:
    assert json.loads(charge(gateway(), amount=amount).next_action.value)["amount"] == shown


def test_the_same_charge_again_says_the_same() -> None:
    assert charge(gateway()) == charge(gateway())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("iban", ""),
        ("iban", "DE88370400440532013000"),
        ("iban", "DE8937040044053201300"),
        ("bic", "COBA"),
        ("holder", ""),
        ("holder", "x" * 71),
        ("holder", "Odd & Nights"),
        ("holder", "<script>"),
    ],
)
def test_no_payer_is_sent_to_an_account_that_is_not_right(field: str, value: str) -> None:
    report = charge(gateway(**{field: value}))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "credentials_unusable")
    assert report.error_code in BankTransferGateway.errors
    assert report.error_message.startswith(field)
    assert not value or value not in report.error_message
    assert gateway(**{field: value}).check_credentials().works is False


def test_a_currency_that_no_such_account_is_held_in_is_refused() -> None:
    report = charge(gateway(), amount=Money(13_37, "KPW"))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "amount_not_representable")


def test_a_hold_is_refused() -> None:
    report = charge(gateway(), capture=False)

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "hold_not_possible")
    assert report.error_code in BankTransferGateway.errors


@pytest.mark.parametrize("by_id", [True, False], ids=["by id", "by reference"])
def test_a_look_up_says_that_it_waits_and_never_that_money_came(*, by_id: bool) -> None:
    charged = charge(gateway())
    asked = LookUpRequest("att_odd", charged.gateway_payment_id if by_id else "", amount=Money(13_37, "EUR"))

    report = gateway().look_up(asked)

    assert (report.outcome, report.gateway_status) == (Outcome.REQUIRES_ACTION, "waits_for_statement")
    assert (report.gateway_payment_id, report.amount) == (charged.gateway_payment_id, Money(13_37, "EUR"))


def test_a_cancel_closes_our_side() -> None:
    report = gateway().cancel(LookUpRequest("att_odd"))

    assert (report.outcome, report.gateway_payment_id) == (Outcome.CANCELLED, charge(gateway()).gateway_payment_id)


@pytest.mark.parametrize("ask", ["look_up", "cancel"])
def test_an_id_that_is_not_of_this_reference_is_a_contradiction(ask: str) -> None:
    report = getattr(gateway(), ask)(LookUpRequest("att_odd", "RF00NOTOURS"))

    assert (report.outcome, report.error_code) == (Outcome.UNKNOWN, "contradiction")


def test_it_claims_no_role_that_a_bank_account_does_not_have() -> None:
    assert list(capabilities(BankTransferGateway)) == ["look_up", "charge", "cancel", "check_credentials", "statements"]
