"""Opening a gateway account: first which gateway, then what it signs in with. It takes payments at once."""

from dataclasses import dataclass

from django.forms import Form
from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from common.admin_columns import Link
from common.errors import DomainError
from console import tones
from console.gateways import audit
from console.gateways.credentials import SecretFormPage, tell_check
from console.gateways.credentials_form import OpeningForm
from console.gateways.finding import account_address
from console.pages import Context, Page
from gateways import accounts
from gateways.contract import GatewayProfile
from gateways.registry import PROFILES


@dataclass(frozen=True, slots=True)
class Offer:
    name: str
    address: str
    methods: str
    profile: GatewayProfile


class ChooseGatewayPage(Page):
    path = "gateways/accounts/new/"
    name = "gateways_account_choose"
    title = gettext_lazy("New gateway account")
    template = "console/gateways/choose.html"
    permission = "gateways.add_gatewayaccount"

    def context(self, request: HttpRequest, **captured: str) -> Context:
        offers = [
            Offer(
                str(tones.words_of(code)),
                reverse("admin:gateways_account_open", args=[code]),
                ", ".join(str(tones.words_of(method)) for method in sorted(profile.methods)),
                profile,
            )
            for code, profile in sorted(PROFILES.items())
        ]
        return {"offers": offers, "crumbs": [overview()]}


class OpenAccountPage(SecretFormPage):
    path = "gateways/accounts/new/<slug:gateway>/"
    name = "gateways_account_open"
    title = gettext_lazy("New gateway account")
    template = "console/gateways/credentials.html"
    permission = "gateways.add_gatewayaccount"
    profile: GatewayProfile

    def form(self, request: HttpRequest, **captured: str) -> Form:
        if captured["gateway"] not in PROFILES:
            raise Http404
        self.profile = PROFILES[captured["gateway"]]
        return OpeningForm(request.POST if request.method == "POST" else None, profile=self.profile)

    def save(self, request: HttpRequest, form: Form) -> str | None:
        assert isinstance(form, OpeningForm)
        wanted, values, now = form.cleaned_data, form.changes, clock.now()
        try:
            accounts.require_usable(self.profile.code, values)
            check = accounts.check(gateway=self.profile.code, livemode=wanted["tenant"].livemode, credentials=values)
            account = accounts.open_account(
                tenant=wanted["tenant"],
                gateway=self.profile.code,
                name=wanted["name"],
                currencies=wanted["currencies"],
                credentials=values,
                now=now,
            )
        except DomainError as error:
            form.refuse(error)
            return None
        accounts.noted(account, check=check, now=now)
        told = {
            "name": ("", account.name),
            "currencies": ("", ", ".join(account.currencies)),
            "credentials": ("", ", ".join(f"{name} set" for name in values)),
        }
        audit.note(request, account, is_new=True, changes=told, reason=wanted["reason"])
        tell_check(request, form, check)
        return account_address(account)

    def context(self, request: HttpRequest, **captured: str) -> Context:
        back = reverse("admin:gateways_account_choose")
        return {
            "profile": self.profile,
            "is_readable": True,
            "crumbs": [overview(), Link(_("New gateway account"), back)],
            "back": back,
            "console_title": _("New account: %(gateway)s") % {"gateway": self.profile.display_name},
        }


def overview() -> Link:
    return Link(_("Gateways"), reverse("admin:gateways_overview"))
