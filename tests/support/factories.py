"""One valid object of each kind. A test states only what matters to it; amounts are odd and never equal."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from commissions.models import CommissionVersion
from commissions.pricing import Rate
from commissions.services.plans import set_terms
from common import ids
from common.money import Money
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome
from gateways.credentials import key_id_of, seal
from gateways.models import GatewayAccount
from gateways.registry import sealing_context
from payments.models import Payment, PaymentAttempt
from payments.models.history import Source
from payments.requests import CreatePayment, Payee
from payments.services import charge
from payments.services.drafts import Draft, prepare
from payments.services.outcome import apply_report
from payments.states import Status
from tenants.api_keys import SERVICE_SCOPES, make_api_key
from tenants.idempotency import IdempotencyKey
from tenants.models import ApiKey, Tenant
from tenants.principal import Principal
from wallets.models import Wallet

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=400)
RATE = Rate(percent=Decimal("4"), fixed_minor=31)
# Of 13.37 EUR by RATE: 0.53 and 0.31.
GROSS, COMMISSION, NET = 13_37, 84, 12_53

_numbers = itertools.count(1)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@dataclass(frozen=True)
class Merchant:
    """A tenant that can take payments: its gateway account, its API key, and the secrets behind both."""

    tenant: Tenant
    account: GatewayAccount
    api_key: ApiKey
    key: str
    secret_key: str
    webhook_secret: str

    @property
    def principal(self) -> Principal:
        return Principal(tenant=self.tenant, name=f"key:{self.api_key.prefix}", scopes=frozenset(SERVICE_SCOPES))

    @property
    def webhook_path(self) -> str:
        return f"/webhooks/stripe/{ids.show(ids.GATEWAY_ACCOUNT, self.account.public_id)}"


def make_tenant(**fields: Any) -> Tenant:
    number = next(_numbers)
    return Tenant.objects.create(
        **{"slug": f"tenant-{number}", "name": f"Tenant {number}", "created_at": LONG_AGO} | fields
    )


def make_plan(tenant: Tenant, *, rate: Rate = RATE, **fields: Any) -> CommissionVersion:
    wanted = {"commission_type": "ticket_sale", "currency": "EUR", "valid_from": LONG_AGO, "created_at": LONG_AGO}
    return set_terms(**{"tenant_id": tenant.pk, "rate": rate} | wanted | fields)


def make_wallet(tenant: Tenant, **fields: Any) -> Wallet:
    wanted = {"owner_type": "organizer", "owner_id": f"org-{next(_numbers)}", "currency": "EUR", "created_at": LONG_AGO}
    return Wallet.objects.create(tenant=tenant, **wanted | fields)


def make_gateway_account(tenant: Tenant, *, secrets: dict[str, str] | None = None, **fields: Any) -> GatewayAccount:
    """Sealed for the simulator, which knows an account by its secret key alone."""
    number = next(_numbers)
    wanted = {
        "gateway": "stripe",
        "name": f"Stripe {number}",
        "currencies": ["EUR", "XOF", "TND"],
        "methods": ["card"],
        "created_at": LONG_AGO,
    }
    account = GatewayAccount(public_id=ids.uuid7(), tenant=tenant, **wanted | fields)
    values = secrets or {"secret_key": f"sk_test_odd{number}", "webhook_secret": f"whsec_odd{number}"}
    account.credentials = seal(values, context=sealing_context(account))
    account.credentials_key_id = key_id_of(account.credentials)
    account.save()
    return account


def make_merchant(**fields: Any) -> Merchant:
    tenant = make_tenant(**fields)
    make_plan(tenant)
    # Never the same in two runs: the simulator outlives the database of a test.
    mark = ids.uuid7().hex
    secrets = {"secret_key": f"sk_test_{mark}", "webhook_secret": f"whsec_{mark}"}
    account = make_gateway_account(tenant, secrets=secrets)
    api_key, key = make_api_key(tenant=tenant, name="Platform", scopes=SERVICE_SCOPES, created_at=LONG_AGO)
    return Merchant(tenant, account, api_key, key, **secrets)


def make_api_key_of(merchant: Merchant, *, scopes: tuple[str, ...] = SERVICE_SCOPES) -> str:
    return make_api_key(tenant=merchant.tenant, name="Another system", scopes=scopes, created_at=LONG_AGO)[1]


def wanted_payment(**fields: Any) -> CreatePayment:
    """What a caller asks for: a ticket of 13.37 EUR."""
    wanted = {
        "amount": GROSS,
        "currency": "EUR",
        "purpose": "ticket_sale",
        "payee": Payee(owner_type="organizer", owner_id="org-odd", name="Odd Nights"),
    }
    return CreatePayment(**wanted | fields)


def body_of_payment(**fields: Any) -> dict[str, Any]:
    """The same, as it goes over the wire."""
    payee = {"ownerType": "organizer", "ownerId": "org-odd", "name": "Odd Nights"}
    return {"amount": GROSS, "currency": "EUR", "purpose": "ticket_sale", "payee": payee} | fields


def new_key(key: str = "", *, merchant: Merchant) -> IdempotencyKey:
    number = next(_numbers)
    return IdempotencyKey(
        principal=merchant.principal.name,
        route="POST payments",
        key=key or f"key-{number}",
        fingerprint=b"%032d" % number,
    )


def make_draft(merchant: Merchant, *, now: datetime = NOON, **fields: Any) -> Draft:
    return prepare(wanted_payment(**fields), principal=merchant.principal, now=now)


def recorded(merchant: Merchant, *, now: datetime = NOON, **fields: Any) -> PaymentAttempt:
    """The open attempt of a payment that was written down, before the gateway hears of it."""
    draft = make_draft(merchant, now=now, **fields)
    key = new_key(merchant=merchant)
    inserted = charge.record(draft, principal=merchant.principal, key=key)
    assert inserted is not None
    return PaymentAttempt.objects.select_related("payment", "gateway_account").get(pk=inserted.attempt_id)


def report_on(attempt: PaymentAttempt, outcome: Outcome, **fields: Any) -> GatewayReport:
    """What an honest gateway says of this attempt."""
    wanted: dict[str, Any] = {
        "gateway_payment_id": attempt.gateway_payment_id or f"pi_{attempt.public_id.hex}",
        "reference": attempt.reference,
        "amount": attempt.payment.amount,
        "occurred_at": NOON + timedelta(minutes=2),
        "livemode": False,
        "gateway_status": outcome.value,
    }
    if outcome in (Outcome.UNKNOWN, Outcome.NOT_SENT):
        wanted = {"error_code": "total_deadline"}
    if outcome is Outcome.REQUIRES_ACTION:
        wanted["next_action"] = NextAction(NextActionKind.CLIENT_SECRET, "pi_odd_secret_odd")
    if outcome is Outcome.DECLINED:
        wanted |= {"error_code": "insufficient_funds", "error_message": "Your card has insufficient funds."}
    return GatewayReport(outcome, **wanted | fields)


def tell(attempt: PaymentAttempt, outcome: Outcome, *, now: datetime = NOON, **fields: Any) -> str:
    """Let the gateway say this about the attempt, by a webhook; returns what became of it."""
    attempt.refresh_from_db()
    with transaction.atomic():
        return apply_report(
            attempt_id=attempt.pk, report=report_on(attempt, outcome, **fields), source=Source.WEBHOOK, now=now
        ).value


# What a gateway must say, in order, for a new payment to get there.
_WAY_TO: dict[Status, tuple[Outcome, ...]] = {
    Status.PROCESSING: (Outcome.PENDING,),
    Status.REQUIRES_ACTION: (Outcome.REQUIRES_ACTION,),
    Status.AUTHORIZED: (Outcome.AUTHORIZED,),
    Status.COMPLETED: (Outcome.SUCCEEDED,),
    Status.PARTIALLY_REFUNDED: (Outcome.SUCCEEDED,),
    Status.REFUNDED: (Outcome.SUCCEEDED,),
    Status.FAILED: (Outcome.DECLINED,),
    Status.CANCELLED: (Outcome.CANCELLED,),
    Status.EXPIRED: (Outcome.EXPIRED,),
}


def make_payment(merchant: Merchant, status: Status = Status.PROCESSING, **fields: Any) -> PaymentAttempt:
    """The attempt of a payment in this status, with the books as they then are."""
    attempt = recorded(merchant, **fields)
    for outcome in _WAY_TO.get(status, ()):
        tell(attempt, outcome)
    # Nothing of this release leads here yet, but what is in the table must be told apart from what is not.
    if status in (Status.PARTIALLY_REFUNDED, Status.REFUNDED, Status.PENDING):
        Payment.objects.filter(pk=attempt.payment_id).update(status=status)
    return PaymentAttempt.objects.select_related("payment", "gateway_account").get(pk=attempt.pk)


def public_id_of(transaction_id: str) -> UUID:
    found = ids.read(ids.PAYMENT, transaction_id)
    assert found is not None
    return found
