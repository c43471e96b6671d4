"""The naive reference: the same job on the same tables, written as Django's and REST framework's tutorials teach it.

It does the service's work and no more: a key looked up by token, an idempotency row, payment, attempt, history and
events, the gateway called between two transactions, signed webhooks stored once and settled inside the request. It
uses ModelViewSet and ModelSerializer, the ORM row by row, select_for_update, and the middleware of a new project
(naive_settings). Nothing is slowed down: indexes are the service's, connections are kept, there are no triggers, the
webhook's signature is checked by Stripe's own package and its body is read once as plain JSON.
"""

import hashlib
import json
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

import stripe
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import exceptions, permissions, serializers, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.contents import WEBHOOK_SECRET
from bench.naive_settle import settle
from bench.null_gateway import intent_id_of
from commissions.models import CommissionVersion
from events.models import OutboxEvent
from gateways.models import GatewayAccount, InboundEvent
from payments.models import Payment, PaymentAttempt, PaymentHistory
from tenants.api_keys import digest_of
from tenants.models import ApiKey, IdempotencyRecord, Tenant
from wallets.models import Wallet

stripe.enable_telemetry = False
stripe.api_base = f"{settings.SIMULATOR_URL}/stripe"


class KeyUser:
    """What REST framework calls a user: the tenant a key belongs to."""

    is_authenticated = True

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant


class ApiKeyAuthentication(BaseAuthentication):
    """As REST framework's TokenAuthentication: one look into the database per request."""

    def authenticate(self, request: Request) -> tuple[KeyUser, ApiKey] | None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        row = ApiKey.objects.select_related("tenant").filter(digest=digest_of(key)).first()
        if row is None:
            raise exceptions.AuthenticationFailed("Invalid API key.")
        return KeyUser(row.tenant), row


class LineItemSerializer(serializers.Serializer):
    description = serializers.CharField(max_length=200)
    unit_price = serializers.IntegerField()
    quantity = serializers.IntegerField(min_value=1, max_value=10_000)


class PaymentSerializer(serializers.ModelSerializer):
    owner_type = serializers.CharField(source="wallet.owner_type")
    owner_id = serializers.CharField(source="wallet.owner_id")
    line_items = LineItemSerializer(many=True, required=False)
    client_secret = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = [
            "public_id",
            "status",
            "purpose",
            "amount_minor",
            "currency",
            "commission_minor",
            "commission_lines",
            "owner_type",
            "owner_id",
            "order_id",
            "event_id",
            "external_reference",
            "user_id",
            "payer_email",
            "payer_name",
            "description",
            "line_items",
            "metadata",
            "custom_params",
            "payment_method",
            "country",
            "gateway",
            "failure_code",
            "failure_message",
            "client_secret",
            "created_at",
            "expires_at",
            "completed_at",
        ]
        read_only_fields = [
            "public_id",
            "status",
            "commission_minor",
            "commission_lines",
            "gateway",
            "failure_code",
            "failure_message",
            "created_at",
            "expires_at",
            "completed_at",
        ]

    def get_client_secret(self, payment: Payment) -> str:
        attempt = payment.attempts.order_by("-number").first()
        return attempt.next_action_value if attempt and payment.status == "requires_action" else ""


class PaymentViewSet(viewsets.ModelViewSet):
    queryset = Payment.objects.select_related("wallet").order_by("-id")
    serializer_class = PaymentSerializer
    authentication_classes = (ApiKeyAuthentication,)
    permission_classes = (permissions.IsAuthenticated,)
    lookup_field = "public_id"

    def get_queryset(self) -> QuerySet[Payment]:
        return super().get_queryset().filter(tenant=self.request.user.tenant)

    def create(self, request: Request) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with transaction.atomic():
            record, is_new = _record(request)
            if not is_new:
                return Response(json.loads(bytes(record.body)), status=record.status)
            payment, attempt = _make(serializer.validated_data, tenant=request.user.tenant)
            record.resource_id = payment.pk
            record.save()
        secret = _charge(payment, attempt)
        with transaction.atomic():
            _note(payment, attempt, secret=secret)
            data = self.get_serializer(payment).data
            record.status, record.body = 201, json.dumps(data, default=str).encode()
            record.save()
        return Response(data, status=201)


class WebhookView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def post(self, request: Request, gateway: str, account: str) -> Response:
        body = request.body
        try:
            stripe.WebhookSignature.verify_header(
                body.decode(), request.headers.get("Stripe-Signature", ""), WEBHOOK_SECRET, tolerance=300
            )
        except stripe.SignatureVerificationError as error:
            raise exceptions.PermissionDenied("Invalid signature.") from error
        event = json.loads(body)
        row = get_object_or_404(GatewayAccount, gateway=gateway, public_id=account.removeprefix("gwa_"))
        with transaction.atomic():
            now = timezone.now()
            inbound, is_new = InboundEvent.objects.get_or_create(
                gateway_account=row,
                dedupe_key=event["id"],
                defaults={"event_type": event["type"], "body": body, "received_at": now, "next_try_at": now},
            )
            if is_new and event["type"] == "payment_intent.succeeded":
                settle(inbound, event)
        return Response({"received": True})


def _record(request: Request) -> tuple[IdempotencyRecord, bool]:
    now = timezone.now()
    return IdempotencyRecord.objects.get_or_create(
        tenant=request.user.tenant,
        principal=f"key:{request.auth.prefix}",
        route="POST payments",
        key=request.headers["Idempotency-Key"],
        defaults={
            "fingerprint": hashlib.sha256(json.dumps(request.data, sort_keys=True).encode()).digest(),
            "resource_id": 0,
            "locked_until": now + timedelta(seconds=60),
            "created_at": now,
        },
    )


def _make(values: dict, *, tenant: Tenant) -> tuple[Payment, PaymentAttempt]:
    now = timezone.now()
    wallet = get_object_or_404(Wallet, tenant=tenant, currency=values["currency"], **values.pop("wallet"))
    version = (
        CommissionVersion.objects.filter(
            plan__tenant=tenant, plan__commission_type=values["purpose"], valid_from__lte=now
        )
        .order_by("-valid_from")
        .first()
    )
    account = GatewayAccount.objects.filter(tenant=tenant, is_active=True).order_by("priority", "id").first()
    percent = Decimal(values["amount_minor"]) * version.percent / 100
    commission = int(percent.quantize(Decimal(1), ROUND_HALF_UP)) + version.fixed_minor
    payment = Payment.objects.create(
        tenant=tenant,
        wallet=wallet,
        status="processing",
        commission_minor=commission,
        commission_version=version,
        commission_lines=[{"kind": "percent", "amount": commission, "basis": f"{version.percent} %"}],
        order_claim=f"{values['purpose']}:{values['order_id']}",
        gateway=account.gateway,
        created_at=now,
        expires_at=now + timedelta(days=1),
        **values,
    )
    attempt = PaymentAttempt.objects.create(
        tenant=tenant,
        payment=payment,
        number=1,
        kind="charge",
        state="sending",
        gateway_account=account,
        routing={"chosen": account.name},
        created_at=now,
        next_step="resend",
        next_check_at=now + timedelta(seconds=60),
    )
    _write_down(payment, attempt, before="", source="api")
    return payment, attempt


def _charge(payment: Payment, attempt: PaymentAttempt) -> str:
    """Call the gateway; returns the client secret, which starts with the gateway's id."""
    if payment.gateway == "bench":
        return f"{intent_id_of(attempt.reference)}_secret_bench"
    intent = stripe.PaymentIntent.create(
        api_key="sk_test_benchmark",
        amount=payment.amount_minor,
        currency=payment.currency.lower(),
        automatic_payment_methods={"enabled": True},
        description=payment.description,
        receipt_email=payment.payer_email,
        metadata={"reference": attempt.reference},
        idempotency_key=attempt.reference,
    )
    return intent.client_secret


def _note(payment: Payment, attempt: PaymentAttempt, *, secret: str) -> None:
    now = timezone.now()
    attempt.state, attempt.gateway_status = "pending", "requires_action"
    attempt.gateway_payment_id = secret.partition("_secret_")[0]
    attempt.next_action_kind, attempt.next_action_value = "client_secret", secret
    attempt.answered_at, attempt.next_step, attempt.next_check_at = now, "ask", now + timedelta(hours=1)
    attempt.save()
    payment.status, payment.version = "requires_action", payment.version + 1
    payment.save()
    _write_down(payment, attempt, before="processing", source="answer")


def _write_down(payment: Payment, attempt: PaymentAttempt, *, before: str, source: str) -> None:
    now = timezone.now()
    PaymentHistory.objects.create(
        tenant=payment.tenant,
        payment=payment,
        version=payment.version,
        status_before=before,
        status_after=payment.status,
        changed=True,
        source=source,
        attempt_id=attempt.pk,
        occurred_at=now,
        recorded_at=now,
    )
    OutboxEvent.objects.create(
        tenant=payment.tenant,
        type="payment.created" if not before else f"payment.{payment.status}",
        subject_type="payment",
        subject_id=payment.pk,
        subject_version=payment.version,
        payload={"transactionId": payment.shown_id, "status": payment.status, "amount": payment.amount_minor},
        occurred_at=now,
        recorded_at=now,
    )
