"""Every page of the console, as it opens, found by asking the site, so that a new page is tested at once."""

from django.contrib import admin
from django.urls import reverse
from django.utils.module_loading import import_string

from common import ids
from common.admin import ReadOnlyAdmin
from console.site import PAGES
from gateways.models import GatewayAccount, RoutingRule
from tenants.models import Tenant


def read_only_admins() -> list[ReadOnlyAdmin]:
    return [found for found in admin.site._registry.values() if isinstance(found, ReadOnlyAdmin)]


def lists() -> list[str]:
    return [found.list_address() for found in read_only_admins()]


def pages() -> list[str]:
    """Home and the cross-app pages that need no object; those that need a tenant and a currency are asked for one."""
    own = [import_string(dotted) for dotted in PAGES]
    tenant = Tenant.objects.order_by("pk").first()
    words = f"?tenant={ids.show(ids.TENANT, tenant.public_id)}&currency=EUR" if tenant else ""
    named = [f"{reverse(f'admin:{page.name}')}{words}" for page in own if "<" not in page.path]
    return [reverse("admin:index"), *named]


def records() -> list[str]:
    """One record of each kind that has a row."""
    found = []
    for known in read_only_admins():
        row = known.model._default_manager.order_by("-pk").first()
        if row is not None:
            found.append(known.address_of(row))
    return found


def forms() -> list[str]:
    """The pages that change one account or one rule, as they open."""
    found = [reverse("admin:gateways_account_open", args=["stripe"])]
    account = GatewayAccount.objects.order_by("pk").first()
    if account is not None:
        key = ids.show(ids.GATEWAY_ACCOUNT, account.public_id)
        found += [reverse(f"admin:gateways_account_{name}", args=[key]) for name in ("settings", "credentials")]
    rule = RoutingRule.objects.order_by("pk").first()
    return [*found, reverse("admin:gateways_rule", args=[rule.pk])] if rule else found


def everything() -> list[str]:
    return [*pages(), *lists(), *records(), *forms()]
