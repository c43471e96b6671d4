"""What the codes of API v1 mean. Where sources disagree the payment stays open, unless the account says otherwise."""

from collections.abc import Mapping

from common.money import Money
from gateways.adapters.cinetpay import answers
from gateways.adapters.cinetpay.amounts import read
from gateways.adapters.cinetpay.answers import About, Answer, Fields
from gateways.adapters.cinetpay.error_table import V1, V1_REFUSALS, in_doubt
from gateways.contract import GatewayReport, NextAction, NextActionKind, Outcome
from gateways.http import HttpAnswer
from gateways.pages import is_web_page

_SUCCESS, _FAILED, _OK, _EXPIRED = "100", "2010", "200", "2003"
_STALE = frozenset({"1002", "1003"})
_WRONG_CREDENTIALS = "1005"
_DISPUTED = frozenset({"2003", "2004", "2006", "2007", "2008"})
_OUTCOMES: Mapping[str, Outcome] = {
    "2001": Outcome.REQUIRES_ACTION,
    "2002": Outcome.PENDING,
    _SUCCESS: Outcome.SUCCEEDED,
    _FAILED: Outcome.DECLINED,
    "2005": Outcome.DECLINED,
    **dict.fromkeys(_DISPUTED, Outcome.PENDING),
}


def is_stale(answer: HttpAnswer) -> bool:
    """The token was refused, and with it the call."""
    said = answers.speech(answer)
    return said is not None and said.code in _STALE


def refused_at_the_door(answer: HttpAnswer, *, about: About) -> GatewayReport | None:
    """Our credentials were refused: nothing was executed. None where they were not."""
    said = answers.speech(answer)
    if said is None or said.code != _WRONG_CREDENTIALS:
        return None
    return about.not_sent("authentication_failed", answer=said)


def already_exists(answer: HttpAnswer) -> bool:
    """The id was used before: what became of it is to be asked."""
    said = answers.speech(answer)
    return said is not None and said.code == "1200"


def report_created(answer: HttpAnswer, *, about: About) -> GatewayReport:
    said = answers.speech(answer)
    if said is None:
        return about.unknown(answers.why_silent(answer))
    details = _details(said)
    code = answers.text(details, "code") if said.code == _OK else said.code
    if f"{V1}{code}" in V1_REFUSALS:
        return about.report(Outcome.DECLINED, answer=said, status=code, code=f"{V1}{code}")
    if answers.text(said.fields, "merchant_transaction_id") != about.key:
        return about.unknown(_listed(code) if code not in _OUTCOMES else "contradiction", answer=said, status=code)
    if code not in _OUTCOMES:
        return about.unknown(_listed(code), answer=said, status=code)
    keep = answers.kept(said.fields, "payment_token", "notify_token", "transaction_id")
    action = _next_action(said, details=details) if code in ("2001", "2002") else None
    # Money that is there at once is heard of by asking, as everywhere else.
    outcome = Outcome.REQUIRES_ACTION if code == "2001" else Outcome.PENDING
    return about.report(outcome, answer=said, status=code, next_action=action, keep=keep)


def report_payment(answer: HttpAnswer, *, about: About, asked: Money | None, ends: frozenset[str]) -> GatewayReport:
    """`asked` is the amount of the report, as the answer states none; `ends` are disputed codes taken for final."""
    said = answers.speech(answer)
    problem = _problem(answer, said, about=about)
    if said is None or problem is not None:
        return problem or about.unknown("unreadable_answer")
    outcome = _OUTCOMES.get(said.code, Outcome.UNKNOWN)
    if said.code in _DISPUTED & ends:
        outcome = Outcome.EXPIRED if said.code == _EXPIRED else Outcome.DECLINED
    if outcome is Outcome.UNKNOWN:
        return about.unknown(_listed(said.code), answer=said)
    code = f"{V1}{said.code}" if outcome is Outcome.DECLINED else ""
    keep = answers.kept(said.fields, "payment_token", "notify_token", "transaction_id")
    amount = asked if outcome is Outcome.SUCCEEDED else None
    return about.report(outcome, answer=said, code=code, amount=amount, keep=keep)


def report_transfer(answer: HttpAnswer, *, about: About, refusals_end: bool) -> GatewayReport:
    """Paid at 100 and failed at 2010, nothing else: money is never given back on another code."""
    said = answers.speech(answer)
    problem = _problem(answer, said, about=about)
    if said is not None and refusals_end and said.code in ("1004", "2011"):
        return about.report(Outcome.DECLINED, answer=said, code=f"{V1}{said.code}")
    if said is None or problem is not None:
        return problem or about.unknown("unreadable_answer")
    fields = said.fields
    currency = answers.text(fields, "currency")
    amount = read(answers.text(fields, "amount"), currency)
    fee = read(answers.text(fields, "fee_amount"), currency)
    keep = answers.kept(fields, "transaction_id", "notify_token")
    if said.code == _SUCCESS and amount is None:
        return about.unknown("incomplete_answer", answer=said)
    if said.code in (_SUCCESS, _FAILED):
        code = f"{V1}{_FAILED}" if said.code == _FAILED else ""
        return about.report(_OUTCOMES[said.code], answer=said, code=code, amount=amount, fee=fee, keep=keep)
    if said.code in _OUTCOMES or said.code == _OK:
        return about.report(Outcome.PENDING, answer=said, amount=amount, fee=fee, keep=keep)
    return about.unknown(_listed(said.code), answer=said)


def _problem(answer: HttpAnswer, said: Answer | None, *, about: About) -> GatewayReport | None:
    """Why an answer says nothing about our object; None when it does."""
    if said is None:
        return about.unknown(answers.why_silent(answer))
    if said.code == _WRONG_CREDENTIALS:
        return about.unknown("authentication_failed", answer=said)
    if said.code == "404":
        return about.unknown("not_found", answer=said)
    if not answers.text(said.fields, "merchant_transaction_id") and said.code not in _OUTCOMES:
        return about.unknown(_listed(said.code), answer=said)
    if answers.text(said.fields, "merchant_transaction_id") != about.key:
        return about.unknown("contradiction", answer=said)
    return None


def _next_action(said: Answer, *, details: Fields) -> NextAction | None:
    """The page, where the payer must go there; else the prompt that has gone to the telephone."""
    url = answers.text(said.fields, "payment_url")
    if details.get("must_be_redirected") is True:
        return NextAction(NextActionKind.REDIRECT, url) if is_web_page(url) else None
    return NextAction(NextActionKind.PHONE_PROMPT, answers.text(details, "message"))


def _details(said: Answer) -> Fields:
    found = said.fields.get("details")
    return found if isinstance(found, dict) else {}


def _listed(code: str) -> str:
    return in_doubt(f"{V1}{code}", unlisted="unlisted_status")
