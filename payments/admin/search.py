"""From one id of any kind to its payments: ours, the gateway's, the order's, the reference. Exact, case kept."""

from django.db.models import Q, QuerySet

from common import ids
from events.models import OutboxEvent
from gateways.models import GatewayAccount, InboundEvent
from payments.models import Payment, PaymentAttempt
from tenants.models import Tenant


def payments_with_id(rows: QuerySet[Payment], text: str) -> QuerySet[Payment]:
    """Each kind of id by its own index; a public id of ours is only ever itself."""
    for prefix, find in _OURS.items():
        public_id = ids.read(prefix, text)
        if public_id is not None:
            return rows.filter(find(public_id))
    return rows.filter(_theirs(text))


_OURS = {
    ids.PAYMENT: lambda value: Q(public_id=value),
    ids.ATTEMPT: lambda value: Q(pk__in=PaymentAttempt.objects.filter(public_id=value).values("payment")),
    ids.WALLET: lambda value: Q(wallet__public_id=value),
    ids.GATEWAY_ACCOUNT: lambda value: Q(
        pk__in=PaymentAttempt.objects.filter(gateway_account__public_id=value).values("payment")
    ),
    ids.EVENT: lambda value: Q(
        pk__in=OutboxEvent.objects.filter(public_id=value, subject_type="payment").values("subject_id")
    ),
}


def _theirs(text: str) -> Q:
    # The accounts and tenants are named because the indexes begin with them.
    accounts = GatewayAccount.objects.values("pk")
    tenants = Tenant.objects.values("pk")
    attempts = PaymentAttempt.objects.filter(gateway_account__in=accounts, gateway_payment_id=text)
    webhooks = InboundEvent.objects.filter(gateway_account__in=accounts, dedupe_key=text, payment_id__isnull=False)
    of_orders = Payment.objects.filter(tenant__in=tenants, order_id=text)
    of_references = Payment.objects.filter(tenant__in=tenants, external_reference=text)
    found = attempts.values("payment").union(
        webhooks.values("payment_id"), of_orders.values("pk"), of_references.values("pk"), all=True
    )
    return Q(pk__in=found)
