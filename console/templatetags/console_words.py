"""Codes of the service in a person's words: sources, outcomes, next steps, reasons, steps of a price."""

from typing import TYPE_CHECKING

from django import template
from django.utils.functional import Promise
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from console import routing_words, tones
from console.templatetags.console_format import NONE
from gateways.registry import ADAPTERS
from payments.models.payment import Flag
from payments.states import ATTEMPT_STATE_OF

# Unfold loads this library while it is being imported: what needs Unfold is named for types only.
if TYPE_CHECKING:
    from payments.admin.story import Line

register = template.Library()

_FLAGS: dict[str, Promise] = {
    Flag.CONTRADICTION: gettext_lazy(
        "The gateway's news does not fit what it told before: it was kept, and nothing was booked for it. Compare the "
        "raw reports below with the gateway's own pages."
    ),
    Flag.MISMATCH: gettext_lazy(
        "What the gateway tells is not what we asked for: it was kept, and nothing was booked for it. Compare amount "
        "and reference with the gateway's own pages."
    ),
    Flag.LATE_SUCCESS: gettext_lazy(
        "The payer paid after we had given up; the money is booked for the payee. Deliver what was sold, or pay it "
        "back at the gateway."
    ),
    Flag.DUPLICATE_COLLECTION: gettext_lazy(
        "The payer paid more than once. Find every payment of the order, and pay back at the gateway all but one."
    ),
    Flag.UNRESOLVED: gettext_lazy(
        "It has been open for longer than the gateway ever takes, and is still asked about. Ask the gateway's support "
        "with the ids of the attempt."
    ),
    Flag.GOING_BACK: gettext_lazy(
        "The gateway tells of a refund or a dispute that was not asked for here. The books still hold the whole "
        "amount: look it up at the gateway, and answer a dispute there before its deadline."
    ),
}


@register.simple_tag
def source_words(source: str) -> object:
    return tones.SOURCES.get(source, source)


@register.simple_tag
def outcome_words(outcome: str) -> object:
    """An outcome reads like the state it leads to."""
    states = {str(known.value): state for known, state in ATTEMPT_STATE_OF.items()}
    state = states.get(outcome)
    return tones.ATTEMPT[state].words if state else outcome


@register.simple_tag
def next_step(step: str) -> object:
    return tones.NEXT_STEPS.get(step, step)


@register.simple_tag
def routing_decision(routing: object, currency: str) -> routing_words.Decision | None:
    """Who was weighed and why this one was chosen; None for attempts older than that was written down."""
    return routing_words.decision_of(routing, currency=currency)


@register.simple_tag
def routing_reasons(routing: object) -> list[tuple[str, str]]:
    return routing_words.reasons_of(routing)


@register.simple_tag
def error_words(gateway: str, code: str) -> str:
    """What the gateway's error table tells staff about a code; empty where it has no row."""
    adapter = ADAPTERS.get(gateway)
    entry = adapter.errors.get(code) if adapter else None
    return _(entry.staff_text) if entry else ""


@register.simple_tag
def flag_words(flag: str) -> object:
    """What the person who looks at a flagged payment does next."""
    return _FLAGS.get(flag, "")


@register.simple_tag
def commission_words(line: "Line") -> SafeString:
    match line.kind:
        case "percent":
            text = _("%(percent)s of the sale") % {"percent": percent(line.basis)}
        case "fixed":
            text = _("Fixed part")
        case "minimum_top_up":
            text = _("Raised to the minimum of %(basis)s") % {"basis": line.basis}
        case "maximum_cap":
            text = _("Cut to the maximum of %(basis)s") % {"basis": line.basis}
        case _:
            text = line.kind
    return conditional_escape(text)


@register.simple_tag
def masked_email(email: str) -> SafeString:
    """`a…@example.com`: enough to compare, too little to copy."""
    if not email:
        return NONE
    name, _at, domain = email.partition("@")
    return conditional_escape(f"{name[:1]}…@{domain}")


def percent(basis: str) -> str:
    """`3.5 %` in English, `3,5 %` in French, without idle zeros."""
    plain = basis.rstrip("0").rstrip(".") if "." in basis else basis
    point = "," if (get_language() or "en").startswith("fr") else "."
    return f"{plain or '0'}\u00a0%".replace(".", point)


@register.simple_tag(takes_context=True)
def books_links(context: template.Context) -> list[tuple[object, object]]:
    """The pages of the books that this person may open: the menu's own."""
    for group in context.get("sidebar_navigation") or []:
        items = group["items"]
        if any("/books/" in str(item["link"]) or "ledger" in str(item["link"]) for item in items):
            return [(item["title"], item["link"]) for item in items if item["has_permission"]]
    return []
