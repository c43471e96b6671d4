"""What the transfer API's answers mean. A transfer is paid at VAL and failed at REJ; code 0 says neither."""

from gateways.adapters.cinetpay import answers
from gateways.adapters.cinetpay.amounts import read
from gateways.adapters.cinetpay.answers import About, Answer, Fields
from gateways.adapters.cinetpay.error_table import TRANSFER, in_doubt
from gateways.contract import GatewayReport, Outcome
from gateways.http import HttpAnswer

STATES = {
    "NEW": Outcome.PENDING,
    "REC": Outcome.PENDING,
    # Waits for the merchant's confirmation by e-mail, or for the operator.
    "NOS": Outcome.PENDING,
    "VAL": Outcome.SUCCEEDED,
    "REJ": Outcome.DECLINED,
}
_ERROR_OF = {Outcome.UNKNOWN: "unlisted_status", Outcome.DECLINED: "transfer_rejected"}
_STALE = frozenset({"705", "706"})


def is_stale(answer: HttpAnswer) -> bool:
    """The token was refused, and with it the call."""
    said = answers.speech(answer)
    return said is not None and said.code in _STALE


def code_of(said: Answer) -> str:
    """The item's own code where the call as a whole was understood."""
    if said.code != "0":
        return said.code
    codes = [code for item in said.items if (code := answers.text(item, "code")) not in ("", "0")]
    return codes[0] if codes else "0"


def report_sent(said: Answer, *, about: About) -> GatewayReport:
    """Accepted means that the item has an id of CinetPay's. Only the check states the amount, so it is paid there."""
    code = code_of(said)
    item = _own_item(said, key=about.key)
    if code != "0":
        return about.unknown(_listed(code), answer=said)
    if item is None or not answers.text(item, "transaction_id"):
        return about.unknown("contradiction" if item is None and said.items else "unexpected_answer", answer=said)
    status = answers.text(item, "treatment_status")
    if status and status not in STATES:
        return about.unknown("unlisted_status", answer=said, status=status)
    keep = answers.kept(item, "transaction_id", "lot")
    return about.report(Outcome.PENDING, answer=said, item=item, status=status, keep=keep)


def report_check(answer: HttpAnswer, *, about: About, currency: str) -> GatewayReport:
    """`currency` is the purse's: the answer does not name one."""
    said = answers.speech(answer)
    if said is None:
        return about.unknown(answers.why_silent(answer))
    code = code_of(said)
    if code != "0":
        return about.unknown("not_found" if code == "723" else _listed(code), answer=said)
    item = _own_item(said, key=about.key)
    if item is None:
        return about.unknown("contradiction" if said.items else "unexpected_answer", answer=said)
    status = answers.text(item, "treatment_status")
    outcome = STATES.get(status, Outcome.UNKNOWN)
    amount = read(answers.text(item, "amount"), currency)
    if outcome is Outcome.SUCCEEDED and amount is None:
        return about.unknown("incomplete_answer", answer=said, status=status)
    return about.report(
        outcome,
        answer=said,
        item=item,
        status=status,
        code=_ERROR_OF.get(outcome, ""),
        amount=amount,
        keep=answers.kept(item, "transaction_id", "lot"),
    )


def _listed(code: str) -> str:
    return in_doubt(f"{TRANSFER}{code}", unlisted="unexpected_answer")


def _own_item(said: Answer, *, key: str) -> Fields | None:
    """The one item about our transfer; an item that names another is none of ours."""
    items = said.items
    return items[0] if len(items) == 1 and answers.text(items[0], "client_transaction_id") == key else None
