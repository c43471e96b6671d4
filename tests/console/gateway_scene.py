"""Several gateways in the scene: accounts, a rule, a circuit that is open, and payments that needed more than one."""

from datetime import timedelta
from typing import Any

from common import ids
from gateways.credentials import key_id_of, seal
from gateways.models import Breaker, BreakerState, GatewayAccount, RoutingRule
from gateways.registry import PROFILES, sealing_context
from payments.models import Payment, PaymentAttempt, PaymentHistory
from payments.models.payment import Flag
from payments.states import AttemptState, Status
from tests.console.scene import Scene


def add_account(scene: Scene, gateway: str, name: str, *, stored: dict[str, str] | None = None, **fields: Any):
    profile = PROFILES[gateway]
    account = GatewayAccount(
        tenant=scene.tenant,
        gateway=gateway,
        name=name,
        created_at=scene.now - timedelta(days=20),
        **{"methods": sorted(profile.methods), "currencies": sorted(profile.currencies)[:4], **fields},
    )
    account.credentials = seal(stored or {"secret_key": "kept-value"}, context=sealing_context(account))
    account.credentials_key_id = key_id_of(account.credentials)
    account.save()
    return account


def add_rule(scene: Scene, *, position: int = 10, **fields: Any) -> RoutingRule:
    wanted = {"name": "Mobile money of Cameroon", "method": "mobile_money", "gateways": ["mtn_momo", "cinetpay"]}
    return RoutingRule.objects.create(tenant=scene.tenant, position=position, **(wanted | fields))


def open_circuit(scene: Scene, gateway: str) -> Breaker:
    return Breaker.objects.create(
        circuit=f"{gateway}:sandbox",
        state=BreakerState.OPEN,
        failures=7,
        times_opened=2,
        reason="connect_timeout",
        changed_at=scene.now - timedelta(minutes=3),
        retry_at=scene.now + timedelta(minutes=1),
    )


def furnish(scene: Scene) -> dict[str, Payment]:
    """Everything of this module once; names what pages show."""
    momo = add_account(
        scene,
        "mtn_momo",
        "MTN MoMo",
        currencies=["XAF", "XOF"],
        countries=["CM", "CI", "BJ"],
        priority=20,
        fees={"XOF": {"percent": "1.25", "fixed": 0}, "XAF": {"percent": "1.25", "fixed": 0}},
        checked_at=scene.now - timedelta(days=2),
        check_text="The token was issued.",
        stored={"platform": "legacy", "collection_secret": "kept-value"},
    )
    cinetpay = add_account(
        scene,
        "cinetpay",
        "CinetPay",
        currencies=["XAF", "XOF"],
        priority=30,
        fees={"XOF": {"percent": "3.5", "fixed": 100}},
    )
    add_account(scene, "paypal", "PayPal", currencies=["EUR", "USD"], is_active=False)
    add_rule(scene)
    add_rule(
        scene, position=20, name="Large cards", method="card", currency="EUR", minimum_minor=50_000,
        gateways=["stripe"], is_exclusive=True, is_active=False,
    )  # fmt: skip
    open_circuit(scene, "cinetpay")
    return {
        "fallback": fallback(scene, first=cinetpay, second=momo),
        "twice": collected_twice(scene, first=cinetpay, second=momo),
        "going_back": scene.pay(flag=Flag.GOING_BACK, ago=timedelta(minutes=6)),
    }


def decision(scene: Scene, *, chosen: GatewayAccount, other: GatewayAccount, **more: str) -> dict[str, Any]:
    """As `gateways.routing.explained` writes it: one chosen, one that could have, one that could not."""
    return {
        "chosen": chosen.name,
        "because": "costs less: 125 XOF against 451 XOF",
        "rule": "Mobile money of Cameroon",
        "candidates": [
            _could(chosen, succeeded=46, ended=47, cost=125),
            _could(other, succeeded=0, ended=0, cost=None) | {"circuit": "open"},
            _of(scene.account) | {"refusal": "does not take mobile_money"},
        ],
        **more,
    }


def fallback(scene: Scene, *, first: GatewayAccount, second: GatewayAccount) -> Payment:
    """The first gateway was not reached; the second collected."""
    payment = scene.pay(currency="XOF", ago=timedelta(minutes=8), payment_method="mobile_money")
    attempt = payment.attempts.get()
    _move_aside(attempt, first, AttemptState.NOT_SENT, error_code="connect_failed")
    attempt.routing = decision(scene, chosen=first, other=second)
    attempt.save()
    _second(
        scene, payment, second, AttemptState.SUCCEEDED,
        routing=decision(scene, chosen=second, other=first, after=first.name, afterCode="connect_failed"),
    )  # fmt: skip
    return payment


def collected_twice(scene: Scene, *, first: GatewayAccount, second: GatewayAccount) -> Payment:
    """The attempt given up collected after all."""
    payment = scene.pay(
        currency="XOF", ago=timedelta(minutes=7), flag=Flag.DUPLICATE_COLLECTION, payment_method="mobile_money"
    )
    attempt = payment.attempts.get()
    _move_aside(attempt, first, AttemptState.LATE)
    attempt.gateway_payment_id = "4812-late"
    attempt.save()
    _second(scene, payment, second, AttemptState.SUCCEEDED, routing=decision(scene, chosen=second, other=first))
    PaymentHistory.objects.create(
        tenant=scene.tenant,
        payment=payment,
        version=payment.version,
        status_before=Status.COMPLETED,
        status_after=Status.COMPLETED,
        changed=False,
        source="webhook",
        reason=f"paid a second time, by attempt 1 at {first.name}: refund that one",
        attempt_id=attempt.pk,
        occurred_at=scene.now,
        recorded_at=scene.now,
    )
    return payment


def _move_aside(attempt: PaymentAttempt, account: GatewayAccount, state: AttemptState, error_code: str = "") -> None:
    attempt.gateway_account = account
    attempt.state = state
    attempt.error_code = error_code
    attempt.gateway_payment_id = attempt.gateway_status = ""
    attempt.save()


def _second(
    scene: Scene, payment: Payment, account: GatewayAccount, state: AttemptState, *, routing: dict[str, Any]
) -> None:
    PaymentAttempt.objects.create(
        tenant=scene.tenant,
        payment=payment,
        number=2,
        kind="charge",
        state=state,
        gateway_account=account,
        gateway_payment_id=f"momo-{payment.pk}",
        routing=routing,
        created_at=payment.created_at,
        answered_at=payment.created_at,
    )


def _of(account: GatewayAccount) -> dict[str, Any]:
    return {
        "account": ids.show(ids.GATEWAY_ACCOUNT, account.public_id),
        "name": account.name,
        "gateway": account.gateway,
    }


def _could(account: GatewayAccount, *, succeeded: int, ended: int, cost: int | None) -> dict[str, Any]:
    facts = {"circuit": "closed", "succeeded": succeeded, "ended": ended, "cost": cost, "priority": account.priority}
    return _of(account) | facts
