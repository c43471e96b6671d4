"""A month of plausible sales, told to the real services with the times they would have had. No gateway is called."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction

from demo.tenant import SELLERS, Seller
from demo.voices import VOICES, told
from payments.requests import CreatePayment, Payee
from payments.services.charge import record
from payments.services.drafts import prepare
from payments.services.outcome import apply_report
from tenants.idempotency import IdempotencyKey
from tenants.models import Tenant
from tenants.principal import Principal

DAYS = 31
SALES_A_DAY = 13
_HOURS = (9, 10, 11, 12, 13, 14, 16, 17, 18, 18, 19, 19, 20, 20, 20, 21, 21, 22)
_EVENTS = ("nuit-12", "spring-gala", "open-air-3", "jazz-cellar")


def tell(tenant: Tenant, *, now: datetime, seed: int = 7) -> int:
    """Write the month before `now`. Returns how many payments it has; the same seed tells the same month."""
    chance = random.Random(seed)
    principal = Principal(tenant=tenant, name="seed", scopes=frozenset())
    count = 0
    with connection.cursor() as cursor:
        # Two thousand commits of a story that can be told again need not wait for the disk one by one.
        cursor.execute("SET synchronous_commit TO off")
    for moment in _moments(chance, now=now):
        count += 1
        _sale(chance, principal=principal, number=count, at=moment)
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")
    return count


def _moments(chance: random.Random, *, now: datetime) -> Iterator[datetime]:
    for days_ago in range(DAYS, -1, -1):
        day = (now - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0, microsecond=0)
        busy = 2.0 if day.weekday() in (4, 5) else 1.0
        sales = round(SALES_A_DAY * busy * chance.uniform(0.6, 1.4))
        times = sorted(_time_of_day(chance) for _ in range(sales))
        yield from (day + time for time in times if day + time < now - timedelta(minutes=20))


def _time_of_day(chance: random.Random) -> timedelta:
    return timedelta(hours=chance.choice(_HOURS), minutes=chance.randrange(60), seconds=chance.randrange(60))


def _sale(chance: random.Random, *, principal: Principal, number: int, at: datetime) -> None:
    seller = chance.choices(SELLERS, weights=[seller.weight for seller in SELLERS])[0]
    gateway, country = _channel(chance, seller)
    request = _request(chance, seller=seller, gateway=gateway, country=country, number=number)
    draft = prepare(request, principal=principal, now=at)
    key = IdempotencyKey(principal="seed", route="seed", key=str(number), fingerprint=b"")
    written = record(draft, principal=principal, key=key)
    if written is None:
        return
    voice = VOICES[draft.account.gateway]
    for report, source in told(voice, chance, number=number, amount=draft.priced.gross, at=at):
        with transaction.atomic(durable=True):
            apply_report(attempt_id=written.attempt_id, report=report, source=source, now=report.occurred_at or at)


def _channel(chance: random.Random, seller: Seller) -> tuple[str, str]:
    """Which gateway the payer went to, and the payer's country where it is known."""
    weights = [weight for _, _, weight in seller.channels]
    gateway, country, _ = chance.choices(seller.channels, weights=weights)[0]
    return gateway, country


def _request(chance: random.Random, *, seller: Seller, gateway: str, country: str, number: int) -> CreatePayment:
    quantity = chance.choice((1, 1, 1, 2, 2, 3, 4))
    price = chance.choice(seller.prices)
    is_ticket = seller.purpose == "ticket_sale"
    user = f"user-{chance.randrange(240):03d}"
    return CreatePayment(
        amount=price * quantity,
        currency=seller.currency,
        purpose=seller.purpose,  # type: ignore[arg-type]
        payee=Payee(owner_type=seller.owner_type, owner_id=seller.owner_id, name=seller.name),  # type: ignore[arg-type]
        order_id=f"H-{number:04d}",
        event_id=chance.choice(_EVENTS) if is_ticket else "",
        external_reference=f"ERN-2026-{number:04d}",
        user_id=user,
        customer_email=f"{user}@payer.example",
        payment_method=VOICES[gateway].method,
        country=country,
        return_url="https://tickets.example/thanks",
        preferred_gateways=[gateway],
        description=f"{quantity} × {'ticket' if is_ticket else 'template'}, {seller.name}",
    )
