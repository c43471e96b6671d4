"""Stripe's own exponents: what is sent, what is read, and what cannot be written."""

import json

import pytest

from common import currencies
from common.money import Money
from gateways.adapters.stripe.amounts import EXPONENTS, from_wire, to_wire
from gateways.adapters.stripe.gateway import StripeGateway
from gateways.amounts import AmountNotRepresentable
from gateways.contract import ChargeRequest, Outcome
from tests.gateways.scripted import ScriptedServer
from tests.gateways.stripe_samples import stripe_event, stripe_intent


@pytest.mark.parametrize(
    ("amount", "wire"),
    [
        (Money(13_37, "EUR"), 13_37),
        (Money(5_003, "XOF"), 5_003),
        (Money(5_003, "XAF"), 5_003),
        (Money(701, "JPY"), 701),
        (Money(503, "ISK"), 503_00),
        (Money(5, "UGX"), 5_00),
        (Money(5_120, "KWD"), 5_120),
        (Money(7_00, "MGA"), 7),
        (Money(7_00, "HUF"), 7_00),
        (Money(7_01, "TWD"), 7_01),
    ],
)
def test_amounts_are_written_as_stripe_writes_them_and_read_back(amount: Money, wire: int) -> None:
    assert to_wire(amount) == wire
    assert from_wire(wire, amount.currency.lower()) == amount


@pytest.mark.parametrize("amount", [Money(5_124, "KWD"), Money(5_121, "TND"), Money(7_01, "MGA"), Money(5_120, "IQD")])
def test_an_amount_that_stripe_cannot_write_is_refused_before_the_call(
    stripe: StripeGateway, scripted: ScriptedServer, amount: Money
) -> None:
    report = stripe.charge(ChargeRequest(reference="ref-odd", amount=amount))

    assert (report.outcome, report.error_code) == (Outcome.NOT_SENT, "amount_not_representable")
    assert scripted.requests == []


@pytest.mark.parametrize(("wire", "currency"), [(503_01, "isk"), (5_01, "ugx"), (1, "zzz"), (2**70, "eur")])
def test_a_number_that_is_no_amount_of_ours_is_reported_without_an_amount(
    stripe: StripeGateway, wire: int, currency: str
) -> None:
    intent = stripe_intent(status="succeeded", amount_received=wire, currency=currency)
    report = stripe.parse_webhook(json.dumps(stripe_event("payment_intent.succeeded", intent)).encode())

    assert report is not None
    assert (report.outcome, report.amount) == (Outcome.SUCCEEDED, None)
    assert report.raw["amount_received"] == wire


@pytest.mark.parametrize("code", sorted(EXPONENTS))
def test_each_declared_currency_is_known_and_survives_the_way_there_and_back(code: str) -> None:
    whole = Money(7 * 10 ** currencies.exponent(code), code)

    assert from_wire(to_wire(whole), code.lower()) == whole


def test_an_undeclared_currency_is_not_written() -> None:
    with pytest.raises(AmountNotRepresentable):
        to_wire(Money(5, "KPW"))
