"""The statement that callers poll with reads what its reference in the ORM reads, and only what the caller may see."""

from dataclasses import replace

import pytest

from common.ids import uuid7
from payments import selectors
from payments.models import Payment
from payments.states import Status
from tests.support.factories import Merchant, make_merchant, make_payment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", Status)
def test_the_statement_reads_what_the_reference_reads(merchant: Merchant, status: Status) -> None:
    attempt = make_payment(
        merchant, status, order_id="A-1", metadata={"seat": 'A "12"'}, user_id="user-7", description="« Nuit » 🎟"
    )
    reference = selectors.rows_of(Payment.objects.filter(pk=attempt.payment_id)).get()

    row = selectors.visible_payment_row(merchant.principal, attempt.payment.public_id)

    assert row == reference


def test_another_tenant_sees_nothing(merchant: Merchant) -> None:
    attempt = make_payment(merchant)

    assert selectors.visible_payment_row(make_merchant().principal, attempt.payment.public_id) is None


def test_a_payer_sees_only_their_own(merchant: Merchant) -> None:
    public_id = make_payment(merchant, user_id="user-7").payment.public_id
    owner = replace(merchant.principal, user_id="user-7")
    stranger = replace(merchant.principal, user_id="user-8")

    assert selectors.visible_payment_row(owner, public_id) is not None
    assert selectors.visible_payment_row(stranger, public_id) is None


def test_an_unknown_id_is_nothing(merchant: Merchant) -> None:
    assert selectors.visible_payment_row(merchant.principal, uuid7()) is None
