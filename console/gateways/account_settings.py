"""Changing what a gateway account takes. Payments under way are not touched: routing alone reads these."""

import json

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.admin_columns import Link
from console.gateways import audit
from console.gateways.account_form import FIELDS, AccountForm, values_of
from console.gateways.finding import account_address, account_named
from console.gateways.terms import limits_of
from console.pages import Context, FormPage
from gateways.models import GatewayAccount


class AccountSettingsPage(FormPage):
    path = "gateways/accounts/<str:key>/settings/"
    name = "gateways_account_settings"
    title = gettext_lazy("What the account takes")
    template = "console/gateways/account_form.html"
    permission = "gateways.change_gatewayaccount"
    account: GatewayAccount

    def form(self, request: HttpRequest, **captured: str) -> Form:
        self.account = account_named(captured["key"])
        return AccountForm(request.POST if request.method == "POST" else None, account=self.account)

    def save(self, request: HttpRequest, form: Form) -> str | None:
        assert isinstance(form, AccountForm)
        with transaction.atomic(durable=True):
            rows = GatewayAccount.objects.select_for_update().defer("credentials")
            account = rows.get(pk=self.account.pk)
            before = values_of(account)
            if form.refuse_if_changed(before):
                return None
            changes = {
                name: (_shown(before[name]), _shown(value))
                for name, value in form.values.items()
                if value != before[name]
            }
            for name in changes:
                setattr(account, name, form.values[name])
            if changes:
                account.save(update_fields=[name for name in FIELDS if name in changes])
                audit.note(request, account, is_new=False, changes=changes, reason=form.cleaned_data["reason"])
        messages.success(request, _("Saved. Every process follows within five seconds."))
        return account_address(self.account)

    def context(self, request: HttpRequest, **captured: str) -> Context:
        address = account_address(self.account)
        return {
            "account": self.account,
            "limits": limits_of(self.account),
            "crumbs": [Link(self.account.name, address)],
            "back": address,
        }


def _shown(value: object) -> str:
    """One value as the log keeps it: the same in every language."""
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value)
        case dict():
            return json.dumps(value, sort_keys=True) if value else ""
        case _:
            return str(value)
