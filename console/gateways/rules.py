"""The routing rules of a tenant: seen by who may see them, added, changed and switched off by administrators.

A rule is never deleted: the attempts that it decided name it.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.forms import Form
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common import formatting
from common.admin_columns import Link
from common.money import Money
from console import tones
from console.gateways import audit
from console.gateways.rule_form import RuleForm, values_of
from console.gateways.tenant_choice import TenantChoice, key_of, tenant_asked
from console.pages import Context, FormPage, Page
from gateways.models import RoutingRule
from tenants.models import Tenant


@dataclass(frozen=True, slots=True)
class Row:
    rule: RoutingRule
    conditions: str
    gateways: str
    address: str


class RulesPage(Page):
    path = "gateways/rules/"
    name = "gateways_rules"
    title = gettext_lazy("Routing rules")
    template = "console/gateways/rules.html"
    permission = "gateways.view_routingrule"

    def context(self, request: HttpRequest, **captured: str) -> Context:
        choice = TenantChoice.of(request)
        if choice.tenant is None:
            return {"choice": choice}
        rules = list(RoutingRule.objects.filter(tenant=choice.tenant).order_by("position"))
        return {
            "choice": choice,
            "rows": [_row(rule) for rule in rules],
            "may_change": request.user.has_perm("gateways.change_routingrule"),
            "add_address": add_address(choice.tenant) if request.user.has_perm("gateways.add_routingrule") else "",
            "changes": audit.recent(RoutingRule, keys=[rule.pk for rule in rules]),
        }


class _RuleFormPage(FormPage):
    template = "console/gateways/rule_form.html"
    tenant: Tenant
    rule: RoutingRule | None = None

    def save(self, request: HttpRequest, form: Form) -> str | None:
        assert isinstance(form, RuleForm)
        try:
            with transaction.atomic(durable=True):
                saved = self._saved(request, form)
        except IntegrityError:
            form.add_error("position", _("Another rule has just taken this position."))
            return None
        if saved:
            messages.success(request, _("Saved. Every process follows within five seconds."))
        return rules_address(self.tenant) if saved else None

    def _saved(self, request: HttpRequest, form: RuleForm) -> bool:
        rule = RoutingRule(tenant=self.tenant)
        if self.rule is not None:
            rule = RoutingRule.objects.select_for_update().get(pk=self.rule.pk)
        before = values_of(rule) if rule.pk else {}
        if form.refuse_if_changed(before):
            return False
        old = {name: _shown(name, value, rule.currency) for name, value in before.items()}
        for name, value in form.values.items():
            setattr(rule, name, value)
        rule.save()
        new = {name: _shown(name, value, rule.currency) for name, value in form.values.items()}
        changes = {name: (old.get(name, ""), text) for name, text in new.items() if text != old.get(name, "")}
        audit.note(request, rule, is_new=not before, changes=changes, reason=form.cleaned_data["reason"])
        return True

    def context(self, request: HttpRequest, **captured: str) -> Context:
        return {
            "crumbs": [Link(_("Routing rules"), rules_address(self.tenant))],
            "back": rules_address(self.tenant),
            "tenant": self.tenant,
            "console_title": self.rule.name if self.rule else self.title,
        }


class AddRulePage(_RuleFormPage):
    path = "gateways/rules/add/"
    name = "gateways_rule_add"
    title = gettext_lazy("New routing rule")
    permission = "gateways.add_routingrule"

    def form(self, request: HttpRequest, **captured: str) -> Form:
        self.tenant = tenant_asked(request)
        return RuleForm(request.POST if request.method == "POST" else None, tenant=self.tenant, rule=None)


class ChangeRulePage(_RuleFormPage):
    path = "gateways/rules/<int:rule_id>/"
    name = "gateways_rule"
    title = gettext_lazy("Routing rule")
    permission = "gateways.change_routingrule"

    def form(self, request: HttpRequest, **captured: Any) -> Form:
        rule = get_object_or_404(RoutingRule.objects.select_related("tenant"), pk=captured["rule_id"])
        self.rule, self.tenant = rule, rule.tenant
        return RuleForm(request.POST if request.method == "POST" else None, tenant=self.tenant, rule=self.rule)


def rules_address(tenant: Tenant) -> str:
    return f"{reverse('admin:gateways_rules')}?{urlencode({'tenant': key_of(tenant)})}"


def add_address(tenant: Tenant) -> str:
    return f"{reverse('admin:gateways_rule_add')}?{urlencode({'tenant': key_of(tenant)})}"


def _row(rule: RoutingRule) -> Row:
    return Row(
        rule=rule,
        conditions=_conditions(rule),
        gateways=", ".join(str(tones.words_of(code)) for code in rule.gateways),
        address=reverse("admin:gateways_rule", args=[rule.pk]),
    )


def _conditions(rule: RoutingRule) -> str:
    """`XOF, CM, mobile money, from 500 XOF`; every payment where nothing is asked."""
    parts = [rule.currency, rule.country, str(tones.words_of(rule.method)) if rule.method else ""]
    if rule.minimum_minor is not None:
        parts.append(_("from %(amount)s") % {"amount": _amount(rule.minimum_minor, rule.currency)})
    if rule.maximum_minor is not None:
        parts.append(_("up to %(amount)s") % {"amount": _amount(rule.maximum_minor, rule.currency)})
    return ", ".join(part for part in parts if part) or _("every payment")


def _amount(minor: int, currency: str) -> str:
    if not currency:
        return _("%(number)d minor units") % {"number": minor}
    return formatting.amount(Money(minor, currency), get_language() or "en")


def _shown(name: str, value: object, currency: str) -> str:
    """One value as the log keeps it: the same in every language."""
    if name in ("minimum_minor", "maximum_minor") and isinstance(value, int) and currency:
        return str(Money(value, currency))
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
