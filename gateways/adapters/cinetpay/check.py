"""What the check of checkout v2 means: code and status together, never the message. A pair not listed is UNKNOWN."""

from gateways.adapters.cinetpay import amounts, answers
from gateways.adapters.cinetpay.answers import About, Answer
from gateways.adapters.cinetpay.error_table import ERRORS, PAYMENT_REFUSALS, in_doubt
from gateways.contract import GatewayReport, Outcome
from gateways.http import HttpAnswer

_OPEN = ("", "PENDING", "WAITING_FOR_CUSTOMER")
_PAID = ("00", "ACCEPTED")
_WAITING = {
    ("662", ""): Outcome.REQUIRES_ACTION,
    ("662", "PENDING"): Outcome.REQUIRES_ACTION,
    ("662", "WAITING_FOR_CUSTOMER"): Outcome.PENDING,
    **{("663", status): Outcome.REQUIRES_ACTION for status in _OPEN},
    **{(code, status): Outcome.PENDING for code in ("623", "664") for status in _OPEN},
}
_ENDS = {
    ("627", "REFUSED"): Outcome.CANCELLED,
    # Seen in the code of merchants only, so believed only beside the code that says the same.
    ("627", "CANCELLED"): Outcome.CANCELLED,
    # Alone, 625 may be about our own subscription.
    ("625", "REFUSED"): Outcome.EXPIRED,
    **{(code, "REFUSED"): Outcome.DECLINED for code in PAYMENT_REFUSALS},
}
_STATUSES = frozenset({*_OPEN, "ACCEPTED", "REFUSED", "CANCELLED"})
_DOOR = {"609": "authentication_failed", "613": "authentication_failed", "403": "request_refused", "429": "rate_limit"}


def report_check(answer: HttpAnswer, *, about: About) -> GatewayReport:
    said = answers.speech(answer)
    if said is None:
        return about.unknown(answers.why_silent(answer))
    if said.code in _DOOR:
        return about.unknown(_DOOR[said.code], answer=said)
    status = answers.text(said.data, "status")
    if _is_not_found(said, status=status):
        return about.unknown("not_found", answer=said)
    told = answers.text(said.data, "metadata")
    if told not in ("", about.reference):
        return about.unknown("contradiction", answer=said, status=status)
    return _judged(said, status=status, about=about)


def _judged(said: Answer, *, status: str, about: About) -> GatewayReport:
    pair = (said.code, status)
    amount = amounts.read(answers.text(said.data, "amount"), answers.text(said.data, "currency"))
    if said.code == "00" and (amount is None or not status):
        return about.unknown("incomplete_answer", answer=said, status=status)
    if pair == _PAID:
        return about.report(Outcome.SUCCEEDED, answer=said, status=status, amount=amount)
    if pair in _WAITING:
        return about.report(_WAITING[pair], answer=said, status=status or said.code, amount=amount)
    if pair in _ENDS:
        outcome = _ENDS[pair]
        code = said.code if outcome is Outcome.DECLINED else ""
        return about.report(outcome, answer=said, status=status, code=code, amount=amount)
    return about.unknown(_why_open(said.code, status=status), answer=said, status=status or said.code)


def _why_open(code: str, *, status: str) -> str:
    """A refusal without REFUSED is left as it is; a pair that disagrees is a contradiction."""
    if status not in _STATUSES:
        return "unlisted_status"
    if code in ERRORS and status in ("", "PENDING"):
        return in_doubt(code, unlisted="unlisted_status")
    return "contradiction" if code in ERRORS or code == "00" else "unlisted_status"


def _is_not_found(said: Answer, *, status: str) -> bool:
    """How CinetPay names a payment it does not know is not published; this is a label, and never final."""
    if status or said.code in ERRORS or said.code == "00":
        return False
    return said.code == "404" or said.says("NOT_FOUND", "NOT FOUND")
