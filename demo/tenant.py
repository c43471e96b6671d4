"""The demo tenant: organizers, designers, their rates and the people who look. Made once, found again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User

from commissions.models import CommissionPlan
from commissions.pricing import Rate
from commissions.services.plans import set_terms
from console.roles import make_finance_viewer
from tenants.api_keys import SERVICE_SCOPES, make_api_key
from tenants.models import Tenant

SLUG = "demo"
FINANCE_USER = "finance"
ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class Seller:
    """A wallet owner of the demo, with what is sold and how well. `channels`: gateway, country of the payer, weight."""

    owner_type: str
    owner_id: str
    name: str
    purpose: str
    currency: str
    prices: tuple[int, ...]
    weight: int
    channels: tuple[tuple[str, str, int], ...] = (("stripe", "", 1),)


_MOBILE = (("orange_money", "CI", 5), ("cinetpay", "CI", 3), ("stripe", "", 2))
_WITH_PAYPAL = (("stripe", "", 3), ("paypal", "", 1))
SELLERS = (
    Seller("organizer", "org-baobab", "Baobab Productions", "ticket_sale", "EUR", (2500, 4000, 6500), 8),
    Seller("organizer", "org-teranga", "Teranga Live", "ticket_sale", "XOF", (5000, 10000, 15000), 6, _MOBILE),
    Seller("organizer", "org-kinoko", "Kinoko Festival", "ticket_sale", "EUR", (1850, 3500), 4),
    Seller("organizer", "org-medina", "Medina Nights", "ticket_sale", "TND", (35000, 60500), 2),
    Seller("designer", "des-amara", "Amara Studio", "template_sale", "EUR", (1900, 2900, 4900), 4, _WITH_PAYPAL),
    Seller(
        "designer",
        "des-lotus",
        "Lotus Templates",
        "template_sale",
        "USD",
        (1500, 3900),
        3,
        (*_WITH_PAYPAL, ("pagadito", "SV", 1)),
    ),
    Seller("organizer", "org-lagune", "Lagune Live", "ticket_sale", "XOF", (5000, 10000), 2, _MOBILE),
    Seller("organizer", "org-eko", "Eko Nights", "ticket_sale", "NGN", (500000, 2000000), 2, (("paystack", "NG", 1),)),
    Seller(
        "organizer", "org-wouri", "Wouri Sessions", "ticket_sale", "XAF", (5000, 15000), 2, (("orange_money", "CM", 1),)
    ),
)

_RATES: tuple[tuple[str, str, str, str, Rate], ...] = (
    ("ticket_sale", "EUR", "", "", Rate(percent=Decimal("5"), fixed_minor=50)),
    ("ticket_sale", "XOF", "", "", Rate(percent=Decimal("6"), fixed_minor=100)),
    ("ticket_sale", "XAF", "", "", Rate(percent=Decimal("6"), fixed_minor=100)),
    ("ticket_sale", "NGN", "", "", Rate(percent=Decimal("5"), fixed_minor=10_000)),
    ("ticket_sale", "TND", "", "", Rate(percent=Decimal("5.5"), fixed_minor=500)),
    ("template_sale", "EUR", "", "", Rate(percent=Decimal("20"), minimum_minor=100)),
    ("template_sale", "USD", "", "", Rate(percent=Decimal("20"), minimum_minor=100)),
    ("ticket_sale", "EUR", "organizer", "org-baobab", Rate(percent=Decimal("4"), fixed_minor=40, maximum_minor=500)),
)


def seller_of(owner_id: str) -> Seller:
    return next(seller for seller in SELLERS if seller.owner_id == owner_id)


def find_tenant() -> Tenant | None:
    return Tenant.objects.filter(slug=SLUG).first()


def make_tenant(*, now: datetime) -> Tenant:
    since = now - timedelta(days=40)
    return Tenant.objects.create(slug=SLUG, name="Soirée Platform (demo)", timezone="Africa/Abidjan", created_at=since)


def set_missing_terms(tenant: Tenant) -> None:
    """Terms that hold from the tenant's first day, where there is no plan yet."""
    plans = CommissionPlan.objects.filter(tenant=tenant)
    known = set(plans.values_list("commission_type", "currency", "owner_type", "owner_id"))
    for commission_type, currency, owner_type, owner_id, rate in _RATES:
        if (commission_type, currency, owner_type, owner_id) not in known:
            set_terms(
                tenant_id=tenant.pk,
                commission_type=commission_type,
                currency=currency,
                owner_type=owner_type,
                owner_id=owner_id,
                rate=rate,
                valid_from=tenant.created_at,
                created_at=tenant.created_at,
            )


def make_api_access(tenant: Tenant, *, now: datetime) -> str:
    _, key = make_api_key(tenant=tenant, name="Core platform (demo)", scopes=SERVICE_SCOPES, created_at=now)
    return key


def make_people(*, finance_password: str, admin_password: str) -> None:
    """Somebody who sees everything about money, and somebody who sees the settings too."""
    finance, _ = User.objects.get_or_create(username=FINANCE_USER, defaults={"is_staff": True})
    finance.groups.set([make_finance_viewer()])
    admin, _ = User.objects.get_or_create(username=ADMINISTRATOR, defaults={"is_staff": True, "is_superuser": True})
    for user, password in ((finance, finance_password), (admin, admin_password)):
        user.set_password(password)
        user.save()
