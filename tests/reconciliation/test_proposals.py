"""Which payments an unexplained transfer may be about: named ones first, an equal amount last, and nothing decided."""

import pytest

from gateways.models import GatewayAccount
from payments.models import Payment
from payments.states import Status
from reconciliation.selectors import proposals_for
from tests.support.bank import ASKED, awaiting, make_bank_account, the_line, told
from tests.support.camt import Entry
from tests.support.factories import Merchant

pytestmark = [pytest.mark.django_db, pytest.mark.row("B27")]


@pytest.fixture
def account(merchant: Merchant) -> GatewayAccount:
    return make_bank_account(merchant)


def reasons() -> dict[int, tuple[str, ...]]:
    """By payment, likeliest first."""
    return {proposal.payment.pk: proposal.reasons for proposal in proposals_for(the_line())}


def test_what_is_named_stands_before_what_only_costs_the_same(merchant: Merchant, account: GatewayAccount) -> None:
    same = awaiting(merchant).payment_id
    payer = awaiting(merchant, customer_name="Odd Payer").payment_id
    order = awaiting(merchant, order_id="A-10423").payment_id
    torn = awaiting(merchant)
    awaiting(merchant, amount=99_99)

    told(account, Entry(ASKED, text=f"order a10423 {torn.gateway_payment_id[:14]}"))

    assert list(reasons().items()) == [
        (torn.payment_id, ("part_of_reference", "amount")),
        (order, ("order_id", "amount")),
        (payer, ("payer_name", "amount")),
        (same, ("amount",)),
    ]
    assert set(Payment.objects.values_list("status", flat=True)) == {Status.REQUIRES_ACTION}


def test_the_payment_whose_reference_it_carries_is_proposed_whatever_it_cost(
    merchant: Merchant, account: GatewayAccount
) -> None:
    attempt = awaiting(merchant)

    told(account, Entry("4.21", text=attempt.gateway_payment_id))

    assert reasons() == {attempt.payment_id: ("reference",)}


def test_nothing_in_common_is_no_proposal(merchant: Merchant, account: GatewayAccount) -> None:
    awaiting(merchant)

    told(account, Entry("4.21", text="bank interest", name="The Bank"))

    assert reasons() == {}
