"""Taking a payment: record it, call the gateway with no transaction open, apply the answer.

A process may die between any two lines: what is written first lets the caller's retry or the sweep finish the work.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError

from common import clock, ids, steps
from common.database import in_transaction, patiently
from common.errors import Conflict, DomainError
from gateways.contract import GatewayReport, Outcome
from gateways.registry import Connection, connect
from gateways.roles import Charges, plays
from gateways.waiting import with_wait
from payments.models import Payment, PaymentAttempt
from payments.models.history import Source
from payments.presentation import Seen, payment_data, terms_of
from payments.requests import CreatePayment
from payments.selectors import payment_row, seen_of
from payments.services import charge_rows, charge_sql
from payments.services.check import finish_open_attempt, follower_of, send_followers
from payments.services.drafts import Draft, first_charge, prepare
from payments.services.outcome import Applied, apply_report, blocking_mismatch
from payments.states import ATTEMPT_STATE_OF, AttemptKind, AttemptState, Status, next_status
from tenants import idempotency
from tenants.idempotency import IdempotencyKey
from tenants.principal import Principal
from wallets.wallets import ready_wallet

Render = Callable[["Made"], tuple[int, bytes]]


class OrderTaken(Conflict):
    """The order has an open or paid payment already: a second one could charge twice."""

    code = "ORDER_HAS_PAYMENT"


@dataclass(frozen=True, slots=True)
class Made:
    """A payment as it stands at the end of its creation."""

    data: dict[str, Any]
    attempt_state: AttemptState


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes over the wire, byte for byte, now and at every replay."""

    status: int
    body: bytes
    is_replay: bool = False


def create(
    request: CreatePayment, *, principal: Principal, key: IdempotencyKey, render: Render, now: datetime
) -> Answer:
    """One key, one payment, one charge. Raises the DomainErrors of drafts, `record` and tenants.idempotency."""
    try:
        draft = patiently(lambda: prepare(request, principal=principal, now=now))
        steps.at("create.prepared")
        inserted = record(draft, principal=principal, key=key)
    except DomainError:
        # A request that was carried out before answers as before, even where it could not be made today.
        if earlier := idempotency.find(principal, key):
            return _again(earlier, key=key, render=render, now=now)
        raise
    if inserted is None:
        earlier = idempotency.find(principal, key)
        if earlier is None:
            # The insert met it and it is gone: nothing had been sent, and the key was just set free.
            idempotency.SEEN.labels("conflict").inc()
            raise idempotency.RequestInProgress("The first request with this Idempotency-Key just ended. Try again.")
        return _again(earlier, key=key, render=render, now=now)
    idempotency.SEEN.labels("fresh").inc()
    steps.at("create.recorded")
    report = _send(connect(draft.account), draft)
    steps.at("create.called")
    answer = _conclude(draft, inserted, report=report, render=render)
    steps.at("create.concluded")
    return answer


def _send(connection: Connection, draft: Draft) -> GatewayReport:
    assert plays(connection.gateway, Charges), f"{connection.account.gateway} cannot charge"
    gateway = connection.gateway
    return with_wait(lambda: gateway.charge(first_charge(draft)))


def _conclude(draft: Draft, inserted: charge_sql.Inserted, *, report: GatewayReport, render: Render) -> Answer:
    now = clock.now()
    if report.outcome is Outcome.REQUIRES_ACTION:
        answer = _note_waiting(draft, inserted, report=report, render=render, now=now)
        if answer is not None:
            return answer
    follower = follower_of(inserted.attempt_id, report=report)

    def conclude() -> Answer | None:
        applied = apply_report(
            attempt_id=inserted.attempt_id, report=report, source=Source.ANSWER, now=now, fence=1, follower=follower
        )
        steps.at("create.concluding")
        if applied is Applied.FELL_BACK:
            return None
        return _answer(inserted.record_id, payment_id=inserted.payment_id, render=render)

    # Done twice it changes nothing the second time: the attempt has its end, the answer its row.
    if answer := in_transaction(conclude):
        return answer
    send_followers(payment_id=inserted.payment_id)
    return in_transaction(lambda: _answer(inserted.record_id, payment_id=inserted.payment_id, render=render))


def _answer(record_id: int, *, payment_id: int, render: Render) -> Answer:
    """What the caller is told, kept for whoever sends the same key again."""
    made = _made(payment_id)
    status, body = render(made)
    if made.attempt_state is AttemptState.NOT_SENT:
        # Nothing was carried out, so the key is free again: the same request may simply be repeated. That we could
        # not send is not enough to know it: who lost the claim may have been followed by somebody who could.
        idempotency.IdempotencyRecord.objects.filter(pk=record_id).delete()
    elif not idempotency.store_answer(record_id, status=status, body=body):
        # It was told before, if only to the database: everybody hears the same.
        told = idempotency.IdempotencyRecord.objects.get(pk=record_id)
        return Answer(told.status, bytes(told.body))
    return Answer(status, body)


def _note_waiting(
    draft: Draft, inserted: charge_sql.Inserted, *, report: GatewayReport, render: Render, now: datetime
) -> Answer | None:
    """The plain case in one statement; None when the payment is not where a plain answer finds it."""
    after = next_status(Status.PROCESSING, AttemptKind.CHARGE, report.outcome)
    is_plain = report.gateway_payment_id and not blocking_mismatch(
        report,
        amount=draft.priced.gross,
        reference=ids.show(ids.ATTEMPT, draft.reference_id),
        gateway_payment_id="",
        livemode=draft.account.livemode,
    )
    if after is None or not is_plain:
        return None
    seen = Seen(status=after, next_action=charge_rows.next_action(report))
    status, body = render(Made(payment_data(charge_rows.terms(draft), seen), ATTEMPT_STATE_OF[report.outcome]))
    answer = Answer(status, body)
    row = charge_rows.answered(draft, inserted, report=report, after=after, answer=(status, body), now=now)
    return answer if patiently(lambda: charge_sql.note_answer(row)) else None


def _again(
    earlier: idempotency.IdempotencyRecord,
    *,
    key: IdempotencyKey,
    render: Render,
    now: datetime,
) -> Answer:
    """The same key once more: replay the answer, or finish what the first sender left when it died."""
    idempotency.require_same_request(earlier, key)
    if earlier.status:
        idempotency.SEEN.labels("replayed").inc()
        return Answer(earlier.status, bytes(earlier.body), is_replay=True)
    idempotency.take_over(earlier, now=now)
    steps.at("again.taken")
    finish_open_attempt(payment_id=earlier.resource_id, now=now)
    steps.at("again.finished")
    return in_transaction(lambda: _answer(earlier.pk, payment_id=earlier.resource_id, render=render))


def _made(payment_id: int) -> Made:
    row = payment_row(payment_id=payment_id)
    assert row is not None, "the payment was written before"
    return Made(payment_data(terms_of(row), seen_of(row)), AttemptState(row["attempt_state"]))


def record(draft: Draft, *, principal: Principal, key: IdempotencyKey) -> charge_sql.Inserted | None:
    """Write the payment and its first attempt; None when the key was used before. Raises OrderTaken, WalletFrozen."""
    row = charge_rows.inserted(draft, principal=principal, key=key)

    def insert() -> charge_sql.Inserted | None:
        return _insert(draft, row, tenant_id=principal.tenant.pk) or _inserted_unheard(draft, principal, key)

    try:
        return patiently(insert)
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "payment_order_once":
            raise
        raise _order_taken(draft, tenant_id=principal.tenant.pk) from error


def _insert(draft: Draft, row: dict[str, Any], *, tenant_id: int) -> charge_sql.Inserted | None:
    """The statement finds the payee's wallet itself; the first sale of a payee makes it."""
    while True:
        try:
            return charge_sql.insert(row)
        except charge_sql.NoWallet:
            currency = draft.priced.gross.currency
            ready_wallet(draft.owner, tenant_id=tenant_id, currency=currency, created_at=draft.created_at)


def _inserted_unheard(draft: Draft, principal: Principal, key: IdempotencyKey) -> charge_sql.Inserted | None:
    """What this very call wrote when it could not hear of its own COMMIT: nobody else has the reference it made."""
    ours = PaymentAttempt.objects.filter(public_id=draft.reference_id).values_list("payment_id", "pk").first()
    record = idempotency.find(principal, key)
    return charge_sql.Inserted(record.pk, *ours) if ours and record else None


def _order_taken(draft: Draft, *, tenant_id: int) -> OrderTaken:
    holder = Payment.objects.filter(tenant_id=tenant_id, order_claim=draft.order_claim).first()
    if holder is None:
        return OrderTaken("This order had a payment a moment ago. Try again.")
    return OrderTaken(
        f"Order {draft.request.order_id} has a payment that is {holder.status}. Use that one, or cancel it first.",
        details=[{"field": "$.orderId", "message": f"held by {holder.shown_id}", "transactionId": holder.shown_id}],
    )
