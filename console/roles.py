"""The roles of the console. A viewer reads everything about money; an administrator of gateways also says which takes
payments, with what credentials and in what order. Neither moves money.
"""

from django.contrib.auth.models import Group, Permission

FINANCE_VIEWER = "finance viewer"
GATEWAY_ADMINISTRATOR = "gateway administrator"
VIEWER_APPS = ("payments", "wallets", "commissions", "gateways", "reconciliation", "events", "common")


def make_finance_viewer() -> Group:
    """The group with every right to view of the money apps; rights of tables added later come with the next call."""
    group, _made = Group.objects.get_or_create(name=FINANCE_VIEWER)
    group.permissions.set(
        Permission.objects.filter(content_type__app_label__in=VIEWER_APPS, codename__startswith="view_")
    )
    return group


def make_gateway_administrator() -> Group:
    """What a viewer sees, and the rights to change gateway accounts and routing rules and to replay webhooks."""
    group, _made = Group.objects.get_or_create(name=GATEWAY_ADMINISTRATOR)
    changing = Permission.objects.filter(
        content_type__app_label__in=["gateways", "events"],
        codename__in=[
            *(f"{verb}_{model}" for verb in ("add", "change") for model in ("gatewayaccount", "routingrule")),
            "replay_inboundevent",
            "operate_webhookendpoint",
        ],
    )
    group.permissions.set([*make_finance_viewer().permissions.all(), *changing])
    return group
