"""A routing decision in a person's words. It is stored with the attempt in English; what is stored stays readable."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common import formatting
from common.money import Money, MoneyError
from console import tones

_SENTENCES: dict[str, Promise] = {
    "can take it": gettext_lazy("can take it"),
    "the only one that can take it": gettext_lazy("the only one that can take it"),
    "the circuit of the next one is open": gettext_lazy("the next one does not answer at present"),
    "preferred by the caller": gettext_lazy("preferred by the caller"),
    "lowest priority number": gettext_lazy("lowest priority number"),
    "the older account": gettext_lazy("the older account"),
    "was tried already": gettext_lazy("was tried already"),
    "of the other mode": gettext_lazy("of the other mode"),
    "the amount is outside its limits": gettext_lazy("the amount is outside its limits"),
}
_NEEDS: dict[str, Promise] = {
    "customerPhone": gettext_lazy("the payer's phone number"),
    "customerEmail": gettext_lazy("the payer's e-mail"),
    "customerName": gettext_lazy("the payer's name"),
    "country": gettext_lazy("the payer's country"),
    "returnUrl": gettext_lazy("an address to come back to"),
}
_AMOUNT = re.compile(r"([0-9.]+) ([A-Z]{3})")


@dataclass(frozen=True, slots=True)
class Weighed:
    """One account as it was weighed. `refusal` is empty where it could take the payment."""

    account: str
    name: str
    gateway: str
    is_chosen: bool
    refusal: str = ""
    circuit: str = ""
    succeeded: int = 0
    ended: int = 0
    cost: Money | None = None
    priority: int | None = None

    @property
    def tenths_of_percent(self) -> int:
        return self.succeeded * 1000 // self.ended if self.ended else 0


@dataclass(frozen=True, slots=True)
class Decision:
    """`after` and `after_code` name the attempt that this one took over from; empty for a first attempt."""

    chosen: str
    because: str
    rule: str = ""
    after: str = ""
    after_code: str = ""
    candidates: list[Weighed] = field(default_factory=list)


def decision_of(routing: object, *, currency: str) -> Decision | None:
    """None where nothing was written down in this shape: older attempts have reasons only."""
    if not isinstance(routing, Mapping) or not isinstance(routing.get("candidates"), list):
        return None
    chosen = str(routing.get("chosen", ""))
    rows = [row for row in routing["candidates"] if isinstance(row, Mapping)]
    return Decision(
        chosen=chosen,
        because=words(str(routing.get("because", ""))),
        rule=str(routing.get("rule", "")),
        after=str(routing.get("after", "")),
        after_code=str(routing.get("afterCode", "")),
        candidates=[_weighed(row, chosen=chosen, currency=currency) for row in rows],
    )


def reasons_of(routing: object) -> list[tuple[str, str]]:
    """Account and reason as they were written before candidates were, in the order in which they were judged."""
    reasons = routing.get("reasons", routing) if isinstance(routing, Mapping) else {}
    if not isinstance(reasons, Mapping):
        return []
    return [(str(name), words(str(reason))) for name, reason in reasons.items()]


def words(text: str) -> str:
    """One reason in the reader's language; as it was written where we have no words for it."""
    if text in _SENTENCES:
        return str(_SENTENCES[text])
    for pattern, say in _PATTERNS:
        if found := pattern.fullmatch(text):
            return say(*found.groups())
    return text


def _weighed(row: Mapping[str, object], *, chosen: str, currency: str) -> Weighed:
    name = str(row.get("name", ""))
    cost = _whole(row.get("cost"))
    return Weighed(
        account=str(row.get("account", "")),
        name=name,
        gateway=str(tones.words_of(str(row.get("gateway", "")))),
        is_chosen=bool(chosen) and name == chosen and not row.get("refusal"),
        refusal=words(str(row.get("refusal", ""))),
        circuit=str(row.get("circuit", "")),
        succeeded=_whole(row.get("succeeded")) or 0,
        ended=_whole(row.get("ended")) or 0,
        cost=None if cost is None else Money(cost, currency),
        priority=_whole(row.get("priority")),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _amount(text: str) -> str:
    found = _AMOUNT.fullmatch(text)
    if found is None:
        return _("unknown") if text == "None" else text
    try:
        money = Money.parse(found.group(1), found.group(2))
    except MoneyError:
        return text
    return formatting.amount(money, get_language() or "en")


def _rate(text: str) -> str:
    succeeded, _of, ended = text.partition(" of ")
    return _("%(succeeded)s of %(ended)s") % {"succeeded": succeeded, "ended": ended}


def _code(text: str) -> str:
    """In the middle of a sentence: `mobile money`, but `QR code` and `PayPal` as they are."""
    found = str(tones.words_of(text))
    return found[:1].lower() + found[1:] if text in tones.WORDS and found[1:2].islower() else found


def _needed(names: str) -> str:
    return ", ".join(str(_NEEDS.get(name, name)) for name in names.split(", "))


_Say = Callable[..., str]
_PATTERNS: tuple[tuple[re.Pattern[str], _Say], ...] = (
    (
        re.compile(r"the rule “(.+)” puts it first"),
        lambda rule: _("the rule “%(rule)s” puts it first") % {"rule": rule},
    ),
    (
        re.compile(r"the rule “(.+)” leaves it out"),
        lambda rule: _("the rule “%(rule)s” leaves it out") % {"rule": rule},
    ),
    (
        re.compile(r"succeeds more often lately: (.+) against (.+)"),
        lambda mine, theirs: (
            _("succeeds more often lately: %(mine)s against %(theirs)s")
            % {"mine": _rate(mine), "theirs": _rate(theirs)}
        ),
    ),
    (
        re.compile(r"costs less: (.+) against (.+)"),
        lambda mine, theirs: (
            _("costs less: %(mine)s against %(theirs)s") % {"mine": _amount(mine), "theirs": _amount(theirs)}
        ),
    ),
    (re.compile(r"only (\w+) was asked for"), lambda code: _("only %(what)s was asked for") % {"what": _code(code)}),
    (re.compile(r"does not take (\w+)"), lambda code: _("does not take %(what)s") % {"what": _code(code)}),
    (re.compile(r"does not serve (\w+)"), lambda code: _("does not serve %(what)s") % {"what": code}),
    (re.compile(r"needs (.+)"), lambda names: _("needs %(what)s") % {"what": _needed(names)}),
    (re.compile(r"cannot charge"), lambda: _("cannot take payments")),
    (
        re.compile(r"No gateway account takes (.+) by (\w+)\."),
        lambda amount, method: (
            _("No gateway account takes %(amount)s by %(method)s.")
            % {"amount": _amount(amount), "method": _code(method)}
        ),
    ),
)
