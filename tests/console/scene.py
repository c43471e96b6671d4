"""A finance department's month, small enough to know by heart: every state, four currencies, some trouble."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from commissions.models import CommissionPlan, CommissionVersion
from common import ids
from common.money import Money
from console.roles import make_finance_viewer
from events.models import OutboxEvent
from gateways.models import GatewayAccount, InboundEvent, InboundState
from payments import postings
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.states import OPEN_STATUSES, PAID_STATUSES, AttemptState, Status
from reconciliation.models import BooksVerification
from tenants.models import ApiKey, Tenant
from wallets import ledger
from wallets.models import Wallet

HOSTILE = "<script>alert('x')</script>{{ 7|add:7 }}\" onmouseover=\"alert(1)"
PASSWORD = "tests-only-password"

# Amount and commission, in minor units, odd and distinct.
_PRICES = {"EUR": (12_037, 641), "XOF": (10_007, 701), "TND": (60_513, 3_829), "USD": (3_911, 783)}
_ATTEMPT_OF: dict[Status, AttemptState] = {
    Status.PENDING: AttemptState.SENDING,
    Status.REQUIRES_ACTION: AttemptState.PENDING,
    Status.PROCESSING: AttemptState.PENDING,
    Status.AUTHORIZED: AttemptState.AUTHORIZED,
    Status.FAILED: AttemptState.DECLINED,
    Status.CANCELLED: AttemptState.CANCELLED,
    Status.EXPIRED: AttemptState.EXPIRED,
}


@dataclass(slots=True)
class Scene:
    """One tenant with one gateway account; every method adds one believable thing."""

    now: datetime
    tenant: Tenant
    account: GatewayAccount
    wallets: dict[str, Wallet]
    plan: CommissionVersion
    made: int = 0

    def pay(
        self,
        status: Status = Status.COMPLETED,
        *,
        currency: str = "EUR",
        ago: timedelta = timedelta(hours=1),
        attempt_state: AttemptState | None = None,
        factor: int = 1,
        **fields: Any,
    ) -> Payment:
        """A payment that has come as far as `status`, with its attempt, history, webhook, entries and events."""
        self.made += 1
        at = self.now - ago
        amount, commission = (part * factor for part in _PRICES[currency])
        is_paid = status in PAID_STATUSES
        payment = Payment.objects.create(
            tenant=self.tenant,
            status=status,
            version=2 if status in OPEN_STATUSES else 3,
            purpose="template_sale" if currency == "USD" else "ticket_sale",
            amount_minor=amount,
            currency=currency,
            commission_minor=commission,
            commission_version=self.plan,
            commission_lines=[
                {"kind": "percent", "amount": commission - 40 * factor, "basis": "5.0000"},
                {"kind": "fixed", "amount": 40 * factor, "basis": str(Money(40 * factor, currency))},
            ],
            wallet=self.wallets[currency],
            gateway="stripe",
            created_at=at,
            expires_at=at + timedelta(hours=24),
            completed_at=at + timedelta(minutes=2) if is_paid else None,
            **{
                "line_items": [{"description": "Carré or", "quantity": 1, "unit_price": amount}],
                "order_id": f"A-{1000 + self.made}",
                "event_id": "nuit-12",
                "external_reference": f"ERN-2026-{self.made:04d}",
                "user_id": f"usr-{self.made}",
                "payer_email": "awa.kone@example.com",
                "description": "Nuit 12, carré or",
                **fields,
            },
        )
        attempt = self._attempt(payment, state=attempt_state or _ATTEMPT_OF.get(status, AttemptState.SUCCEEDED), at=at)
        webhook = self.webhook(payment=payment, attempt=attempt, at=at + timedelta(minutes=2)) if is_paid else None
        self._tell(payment, attempt=attempt, webhook=webhook, at=at)
        if is_paid:
            self._book(payment, at=at + timedelta(minutes=2))
        return payment

    def webhook(
        self,
        *,
        payment: Payment | None = None,
        attempt: PaymentAttempt | None = None,
        at: datetime | None = None,
        state: InboundState = InboundState.APPLIED,
        reason: str = "",
        event_type: str = "payment_intent.succeeded",
    ) -> InboundEvent:
        self.made += 1
        moment = at or self.now
        body = (
            b'{"id":"evt_3N%06d","type":"payment_intent.succeeded","data":{"object":{"id":"pi_3NfABC%06d",'
            b'"status":"succeeded","amount":12037,"currency":"eur","receipt_email":"awa.kone@example.com"}}}'
        ) % (self.made, self.made)
        return InboundEvent.objects.create(
            gateway_account=self.account,
            dedupe_key=f"evt_3N{self.made:06d}",
            event_type=event_type,
            body=body,
            received_at=moment,
            state=state,
            reason=reason,
            tries=1 if state == InboundState.APPLIED else 4,
            next_try_at=moment + timedelta(hours=1),
            settled_at=moment if state == InboundState.APPLIED else None,
            payment_id=payment.pk if payment else None,
        )

    def verify(self, *, holds: bool = True) -> BooksVerification:
        return BooksVerification.objects.create(
            started_at=self.now - timedelta(minutes=2),
            seconds="0.412",
            transactions=1_204,
            entries=3_612,
            last_entry_id=3_612,
            holds=holds,
            differences=[] if holds else ["balance of wallet_available:7 EUR is 1.00 above its entries"],
        )

    def _attempt(self, payment: Payment, *, state: AttemptState, at: datetime) -> PaymentAttempt:
        is_waiting = payment.status in OPEN_STATUSES
        return PaymentAttempt.objects.create(
            tenant=self.tenant,
            payment=payment,
            number=1,
            kind="charge",
            state=state,
            gateway_account=self.account,
            gateway_payment_id="" if state == AttemptState.UNKNOWN else f"pi_3NfABC{self.made:06d}",
            gateway_status={"succeeded": "succeeded", "declined": "requires_payment_method"}.get(state, ""),
            error_code="card_declined" if state == AttemptState.DECLINED else "",
            error_message="The card was declined." if state == AttemptState.DECLINED else "",
            routing={"Stripe (demo)": "lowest priority number", "Stripe (USD)": f"does not take {payment.currency}"},
            created_at=at,
            answered_at=None if state == AttemptState.UNKNOWN else at + timedelta(minutes=2),
            next_check_at=self.now + timedelta(minutes=9) if is_waiting else None,
            checks=3 if state == AttemptState.UNKNOWN else 0,
        )

    def _tell(self, payment: Payment, *, attempt: PaymentAttempt, webhook: InboundEvent | None, at: datetime) -> None:
        self._history(payment, version=1, before="", after=Status.PENDING, source="api", at=at, actor="core platform")
        self._event(payment, kind="payment.created", version=1, at=at)
        status = Status(payment.status)
        if status is Status.PENDING:
            return
        at += timedelta(seconds=2)
        raw = {"id": attempt.gateway_payment_id, "status": "processing", "amount": payment.amount_minor}
        middle = status if status in OPEN_STATUSES else Status.PROCESSING
        self._history(
            payment, version=2, before=Status.PENDING, after=middle, source="answer", outcome="pending",
            attempt_id=attempt.pk, raw=raw, at=at,
        )  # fmt: skip
        if status in OPEN_STATUSES:
            return
        at += timedelta(minutes=2)
        self._history(
            payment, version=3, before=Status.PROCESSING, after=status, source="webhook" if webhook else "poll",
            outcome=attempt.state, attempt_id=attempt.pk, inbound_event_id=webhook.pk if webhook else None,
            raw={} if webhook else raw | {"status": attempt.gateway_status}, at=at,
        )  # fmt: skip
        self._event(payment, kind=f"payment.{status}", version=3, at=at)

    def _history(
        self, payment: Payment, *, version: int, before: str, after: str, source: str, at: datetime, **fields: Any
    ) -> None:
        PaymentHistory.objects.create(
            tenant=self.tenant,
            payment=payment,
            version=version,
            status_before=before,
            status_after=after,
            changed=True,
            source=source,
            occurred_at=at,
            recorded_at=at,
            **fields,
        )

    def _event(self, payment: Payment, *, kind: str, version: int, at: datetime) -> None:
        OutboxEvent.objects.create(
            tenant=self.tenant,
            type=kind,
            subject_type="payment",
            subject_id=payment.pk,
            subject_version=version,
            payload={},
            occurred_at=at,
            recorded_at=at,
        )

    def _book(self, payment: Payment, *, at: datetime) -> None:
        booking = ledger.Booking(
            tenant_id=self.tenant.pk,
            subject_type=postings.SUBJECT,
            subject_id=payment.pk,
            effect=postings.COMPLETED,
            postings=postings.payment_completed(
                gross=payment.amount,
                commission=payment.commission,
                wallet_id=payment.wallet_id,
                gateway_account_id=self.account.pk,
            ),
            occurred_at=at,
        )
        with transaction.atomic():
            ledger.post(booking, recorded_at=at)


def make_scene(*, now: datetime) -> Scene:
    """Tenant, gateway account, wallets and a plan; no payment yet."""
    since = now - timedelta(days=40)
    tenant = Tenant.objects.create(slug="soiree", name="Soirée Platform", timezone="Africa/Abidjan", created_at=since)
    account = GatewayAccount.objects.create(
        tenant=tenant,
        gateway="stripe",
        name="Stripe (demo)",
        currencies=sorted(_PRICES),
        methods=["card"],
        credentials=b"sealed",
        credentials_key_id="test",
        created_at=since,
    )
    plan = CommissionPlan.objects.create(tenant=tenant, commission_type="ticket_sale", currency="EUR", created_at=since)
    version = CommissionVersion.objects.create(
        plan=plan, number=1, percent="5.0000", fixed_minor=40, valid_from=since, created_at=since
    )
    CommissionPlan.objects.create(tenant=tenant, commission_type="template_sale", currency="USD", created_at=since)
    ApiKey.objects.create(
        tenant=tenant, name="Core platform", prefix="sk_demo_7f3a", digest=b"d", scopes=["payments:write"],
        created_at=since,
    )  # fmt: skip
    return Scene(now=now, tenant=tenant, account=account, wallets=_wallets(tenant, at=since), plan=version)


def _wallets(tenant: Tenant, *, at: datetime) -> dict[str, Wallet]:
    owners = {
        "EUR": ("organizer", "org-baobab", "Baobab Productions"),
        "XOF": ("organizer", "org-teranga", "Teranga Live"),
        "TND": ("organizer", "org-medina", "Medina Nights"),
        "USD": ("designer", "des-lotus", "Lotus Templates"),
    }
    return {
        currency: Wallet.objects.create(
            public_id=ids.uuid7(),
            tenant=tenant,
            owner_type=owner_type,
            owner_id=owner_id,
            owner_name=name,
            currency=currency,
            created_at=at,
        )
        for currency, (owner_type, owner_id, name) in owners.items()
    }


def make_people() -> tuple[User, User]:
    """An administrator, and somebody of finance who may only look."""
    administrator = User.objects.create_superuser("admin", "admin@example.com", PASSWORD)
    viewer = User.objects.create_user("awa", "awa@example.com", PASSWORD, is_staff=True, first_name="Awa")
    viewer.groups.add(make_finance_viewer())
    return administrator, viewer


def play_a_month(scene: Scene) -> dict[str, Payment]:
    """Thirty days of sales, then today with one of each thing that a person must see. Names what pages show."""
    for day in range(29, 0, -1):
        for sale in reversed(range(1 + (day * 7) % 5)):
            currency = ("EUR", "EUR", "XOF", "USD", "TND")[(day + sale) % 5]
            ago = timedelta(days=day, hours=sale * 2 + 1)
            scene.pay(currency=currency, ago=ago, factor=1 + (day * 3 + sale) % 4)
    flagged = scene.pay(ago=timedelta(hours=3), flag="duplicate_collection")
    for minutes, status in zip(range(120, 50, -7), Status, strict=True):
        scene.pay(status, ago=timedelta(minutes=minutes))
    doubtful = scene.pay(
        Status.PROCESSING, currency="XOF", ago=timedelta(minutes=41), attempt_state=AttemptState.UNKNOWN
    )
    scene.pay(Status.FAILED, currency="XOF", ago=timedelta(minutes=31))
    scene.pay(currency="XOF", ago=timedelta(minutes=29))
    declined = scene.pay(Status.FAILED, ago=timedelta(minutes=20))
    waiting = scene.pay(Status.PROCESSING, ago=timedelta(minutes=12))
    completed = scene.pay(ago=timedelta(minutes=9), metadata={"channel": "web"})
    scene.webhook(state=InboundState.PARKED, reason="no payment has this reference", at=scene.now - timedelta(hours=2))
    scene.webhook(state=InboundState.DEAD, reason="amount differs: 45.00 EUR", at=scene.now - timedelta(days=1))
    scene.verify()
    return {
        "completed": completed,
        "doubtful": doubtful,
        "flagged": flagged,
        "declined": declined,
        "waiting": waiting,
    }
