"""The two statements of a payment's creation write what the plain reference writes, column by column."""

from datetime import timedelta
from typing import Any

import pytest

from gateways.contract import Outcome
from payments.models import Payment, PaymentAttempt
from payments.models.payment import Flag
from payments.requests import LineItem
from payments.services import charge, charge_rows, charge_sql
from payments.services.charge_sql import Inserted
from payments.services.drafts import Draft
from payments.states import Status
from tenants.models import IdempotencyRecord
from tests.payments import reference
from tests.support.factories import NOON, Merchant, make_draft, new_key, report_on, tell
from tests.support.rows import everything_about, record_of

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(seconds=1)
FULL: dict[str, Any] = {
    "payment_token": "pm_card_visa",
    "description": "Deux places, « Nuit étoilée » 🎟",
    "event_id": "nuit-12",
    "external_reference": "ERN-2026-0001",
    "user_id": "user-7",
    "customer_email": "odd@payer.example",
    "customer_phone": "+2250701020304",
    "customer_name": "Aïcha O'Neil",
    "country": "CI",
    "return_url": "https://shop.example/back?a=1&b=%20",
    "preferred_gateways": ["stripe", "paypal"],
    "line_items": [LineItem(description="Place", unit_price=13_38), LineItem(description="Remise", unit_price=-1)],
    "metadata": {"seat": 'A "12"', "note": "{}"},
    "custom_params": {"a": "b"},
    "allow_pending": False,
}


def by_statement(merchant: Merchant, draft: Draft) -> Inserted | None:
    key = new_key(merchant=merchant)
    return charge.record(draft, principal=merchant.principal, key=key)


def by_reference(merchant: Merchant, draft: Draft) -> Inserted | None:
    return reference.insert(draft, principal=merchant.principal, key=new_key(merchant=merchant))


def answer_by_statement(draft: Draft, inserted: Inserted) -> bool:
    report = _report(inserted)
    parameters = charge_rows.answered(
        draft, inserted, report=report, after=Status.REQUIRES_ACTION, answer=(201, b"{}"), now=SOON
    )
    return charge_sql.note_answer(parameters)


def answer_by_reference(inserted: Inserted) -> bool:
    return reference.note_answer(inserted, report=_report(inserted), answer=(201, b"{}"), now=SOON)


def _report(inserted: Inserted) -> Any:
    attempt = PaymentAttempt.objects.select_related("payment").get(pk=inserted.attempt_id)
    return report_on(attempt, Outcome.REQUIRES_ACTION, request_id="req_1", raw={"id": "pi_odd", "note": "é"})


@pytest.mark.parametrize("fields", [{}, FULL, {"purpose": "other", "payee": None}], ids=["least", "most", "our own"])
def test_the_statement_writes_what_the_reference_writes(merchant: Merchant, fields: dict) -> None:
    first = by_statement(merchant, make_draft(merchant, order_id="A-1", **fields))
    second = by_reference(merchant, make_draft(merchant, order_id="A-2", **fields))

    assert everything_about(first.payment_id) == everything_about(second.payment_id)
    assert record_of(first.payment_id) == record_of(second.payment_id)


def test_the_ids_and_claims_of_both_are_their_own(merchant: Merchant) -> None:
    draft = make_draft(merchant, order_id="A-1")
    inserted = by_statement(merchant, draft)

    payment = Payment.objects.get(pk=inserted.payment_id)
    assert (payment.public_id, payment.order_claim) == (draft.public_id, "ticket_sale:A-1")
    assert payment.attempts.get().public_id == draft.reference_id
    assert IdempotencyRecord.objects.get().resource_id == payment.pk


def test_the_noted_answer_is_what_the_reference_notes(merchant: Merchant) -> None:
    draft, other = make_draft(merchant), make_draft(merchant)
    first, second = by_statement(merchant, draft), by_reference(merchant, other)

    assert answer_by_statement(draft, first) and answer_by_reference(second)

    assert everything_about(first.payment_id) == everything_about(second.payment_id)
    assert record_of(first.payment_id) == record_of(second.payment_id)


def test_a_key_that_was_there_writes_nothing_on_either_road(merchant: Merchant) -> None:
    key = new_key(merchant=merchant)
    draft = make_draft(merchant)
    charge.record(draft, principal=merchant.principal, key=key)
    again = make_draft(merchant)

    assert charge.record(again, principal=merchant.principal, key=key) is None
    assert reference.insert(again, principal=merchant.principal, key=key) is None
    assert Payment.objects.count() == PaymentAttempt.objects.count() == 1


@pytest.mark.parametrize("overtaken_by", ["webhook", "flag", "claim"])
def test_an_answer_that_was_overtaken_is_noted_on_neither_road(merchant: Merchant, overtaken_by: str) -> None:
    draft = make_draft(merchant)
    inserted = by_statement(merchant, draft)
    match overtaken_by:
        case "webhook":
            tell(PaymentAttempt.objects.select_related("payment").get(), Outcome.SUCCEEDED)
        case "flag":
            Payment.objects.update(flag=Flag.MISMATCH)
        case _:
            PaymentAttempt.objects.update(fence=2)
    before = everything_about(inserted.payment_id)

    assert not answer_by_statement(draft, inserted)
    assert not answer_by_reference(inserted)
    assert everything_about(inserted.payment_id) == before
