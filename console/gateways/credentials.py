"""Replacing what an account signs in with. Tried at the gateway first; what is refused is not kept, none is shown."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.forms import Form
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from common import clock
from common.admin_columns import Link
from common.errors import DomainError
from console.gateways import audit
from console.gateways.credentials_form import CredentialsForm
from console.gateways.finding import account_address, account_named
from console.pages import Context, FormPage
from gateways import accounts
from gateways.contract import CredentialsCheck
from gateways.credentials import CredentialsUnreadable
from gateways.models import GatewayAccount
from gateways.registry import PROFILES


class SecretFormPage(FormPage):
    """A form whose values may enter no report of an error."""

    @classmethod
    def view(cls, site: AdminSite) -> Callable[..., HttpResponseBase]:
        return sensitive_post_parameters()(super().view(site))


class CredentialsPage(SecretFormPage):
    path = "gateways/accounts/<str:key>/credentials/"
    name = "gateways_account_credentials"
    title = gettext_lazy("Credentials")
    template = "console/gateways/credentials.html"
    permission = "gateways.change_gatewayaccount"
    account: GatewayAccount
    is_readable = True

    def form(self, request: HttpRequest, **captured: str) -> Form:
        self.account = account_named(captured["key"])
        return CredentialsForm(
            request.POST if request.method == "POST" else None,
            profile=PROFILES[self.account.gateway],
            stored=self._stored(),
            is_new=False,
        )

    def _stored(self) -> list[str]:
        try:
            return accounts.stored_names(self.account)
        except CredentialsUnreadable:
            self.is_readable = False
            return []

    def save(self, request: HttpRequest, form: Form) -> str | None:
        assert isinstance(form, CredentialsForm)
        changes = form.changes
        try:
            values = accounts.merged(self.account, changes=changes)
            accounts.require_usable(self.account.gateway, values)
            check = accounts.check(gateway=self.account.gateway, livemode=self.account.livemode, credentials=values)
            accounts.change_credentials(self.account, changes=changes)
        except CredentialsUnreadable:
            form.add_error(None, _("What is stored cannot be opened, so nothing can be replaced in it."))
            return None
        except DomainError as error:
            form.refuse(error)
            return None
        accounts.noted(self.account, check=check, now=clock.now())
        told = {"credentials": ("", ", ".join(f"{name} {'set' if changes[name] else 'removed'}" for name in changes))}
        audit.note(request, self.account, is_new=False, changes=told, reason=form.cleaned_data["reason"])
        tell_check(request, form, check)
        return account_address(self.account)

    def context(self, request: HttpRequest, **captured: str) -> Context:
        address = account_address(self.account)
        return {
            "account": self.account,
            "is_readable": self.is_readable,
            "crumbs": [Link(self.account.name, address)],
            "back": address,
            "profile": PROFILES[self.account.gateway],
        }


def tell_check(request: HttpRequest, form: CredentialsForm, check: CredentialsCheck | None) -> None:
    """Say on the next page what is stored, and what the gateway said to it."""
    text = form.without_values(check.text) if check else ""
    if check is None:
        messages.warning(request, _("Stored, not tried: this gateway has no call that changes nothing."))
    elif check.works is None:
        messages.warning(request, _("Stored, not tried: the gateway did not answer. %(text)s") % {"text": text})
    else:
        messages.success(request, _("Stored; the gateway accepts them. %(text)s") % {"text": text})
