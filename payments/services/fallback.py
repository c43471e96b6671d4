"""Trying another gateway: only when nothing can come of the first attempt any more.

Close the first door and hear it click before opening the second. What is not known is not closed.
"""

from django.conf import settings

from common import ids
from gateways.contract import GatewayReport, Outcome, RetryRule
from gateways.registry import ADAPTERS, PROFILES
from gateways.routing import Choice, NoGatewayAvailable, Wanted, choose
from payments.models import Payment, PaymentAttempt
from payments.models.attempt import NextStep
from payments.selectors import success_rates
from payments.services.news import News, write_history
from payments.services.schedule import lease_until
from payments.states import AttemptKind, AttemptState, Status


def next_choice(attempt: PaymentAttempt, report: GatewayReport) -> Choice | None:
    """The account that could take over, and None where nothing may follow this report. Reads only."""
    payment = attempt.payment
    if _refusal(payment, attempt, report):
        return None
    tried = payment.attempts.values_list("gateway_account_id", flat=True)
    try:
        return choose(wanted_again(payment, excluded=frozenset(tried)))
    except NoGatewayAvailable:
        return None


def wanted_again(payment: Payment, *, excluded: frozenset[int] = frozenset()) -> Wanted:
    """What a payment that exists asks of a gateway: the same as when it was made."""
    given = {
        "payer_phone": payment.payer_phone,
        "payer_email": payment.payer_email,
        "payer_name": payment.payer_name,
        "country": payment.country,
        "return_url": payment.return_url,
    }
    return Wanted(
        tenant_id=payment.tenant_id,
        livemode=payment.tenant.livemode,
        amount=payment.amount,
        method=payment.payment_method,
        country=payment.country,
        preferred=tuple(payment.preferred_gateways),
        only=payment.only_gateway,
        given=frozenset(name for name, value in given.items() if value),
        excluded=excluded,
        rates=success_rates(payment.tenant_id),
    )


def may_follow(news: News) -> bool:
    """Decided again under the lock: what was read before it may have changed."""
    return not _refusal(news.payment, news.attempt, news.report)


def _refusal(payment: Payment, attempt: PaymentAttempt, report: GatewayReport) -> str:
    """In words why no other gateway may be tried; empty where it is safe."""
    gateway = attempt.gateway_account.gateway
    if report.outcome not in (Outcome.NOT_SENT, Outcome.DECLINED):
        return "what became of it is not final"
    if report.outcome is Outcome.DECLINED and retry_rule(gateway, report.error_code) is not RetryRule.ELSEWHERE:
        return "this refusal would be the same everywhere"
    has_object = bool(attempt.gateway_payment_id or report.gateway_payment_id)
    if attempt.next_action_kind or report.next_action or (has_object and PROFILES[gateway].cancelable):
        return "the payer can still complete it"
    if payment.payment_token:
        return "the payer's token is good at this gateway only"
    if attempt.number >= settings.GATEWAY_ATTEMPTS_MAX:
        return "enough gateways were tried"
    if attempt.close_reason:
        return "it is being closed"
    return ""


def retry_rule(gateway: str, code: str) -> RetryRule:
    """What the gateway's error table says may follow; a code that is not in it is never retried."""
    entry = ADAPTERS[gateway].errors.get(code)
    return entry.retry if entry is not None else RetryRule.NEVER


def open_next(news: News, choice: Choice) -> PaymentAttempt:
    """Write the next attempt, not yet sent. The index over open attempts refuses a second one."""
    payment, now = news.payment, news.now
    before = Status(payment.status)
    attempt = PaymentAttempt.objects.create(
        public_id=ids.uuid7(),
        tenant_id=payment.tenant_id,
        payment=payment,
        number=news.attempt.number + 1,
        kind=AttemptKind.CHARGE,
        state=AttemptState.SENDING,
        gateway_account=choice.account,
        routing=choice.as_data() | {"after": news.attempt.gateway_account.name, "afterCode": news.report.error_code},
        created_at=now,
        next_step=NextStep.RESEND,
        next_check_at=lease_until(now),
    )
    payment.gateway = choice.account.gateway
    payment.save(update_fields=["gateway"])
    reason = f"{news.report.error_code} at {news.attempt.gateway_account.name}: tried {choice.account.name}"
    write_history(news, before=before, changed=False, reason=reason)
    return attempt
