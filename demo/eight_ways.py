"""One payment by each of the eight gateways, in its own way. All are opened and paid first, then told one by one."""

from dataclasses import dataclass
from typing import Any

from common import clock
from common.money import Money
from demo import gateway_books, ledger_view
from demo.payers import ACTS
from demo.stage import Stage
from demo.story import Story
from demo.tenant import seller_of
from demo.ways import WAYS, Way
from gateways.credentials import unseal
from gateways.models import GatewayAccount, InboundEvent
from gateways.registry import PROFILES, sealing_context
from payments.models import Payment
from payments.models.history import Source
from reconciliation.statements import Imported, import_statement


@dataclass(frozen=True, slots=True)
class _Opened:
    way: Way
    told: dict[str, Any]
    before: Money

    @property
    def public_id(self) -> str:
        return str(self.told["transactionId"])


def eight_ways(stage: Stage, story: Story) -> None:
    story.begin("One payment by each gateway", "Eight are opened, eight payers act; then each is told by itself.")
    opened = [_open(stage, way) for way in WAYS]
    for each in opened:
        ACTS[each.way.gateway](stage.simulator, each.told, stage.gateway_id(each.public_id))
    story.claim("each payer was told what to do", all(each.told.get(each.way.given) for each in opened))
    for each in opened:
        _tell(stage, story, each)


def _open(stage: Stage, way: Way) -> _Opened:
    before = ledger_view.available(way.seller, way.currency)
    answer = stage.create(
        amount=way.amount, currency=way.currency, seller=way.seller, description=way.description, fields=way.fields
    )
    if "data" not in answer:
        raise RuntimeError(f"{way.title}: {answer.get('detail') or answer}")
    return _Opened(way, answer["data"], before)


def _tell(stage: Stage, story: Story, opened: _Opened) -> None:
    way = opened.way
    story.begin(way.title, way.why)
    if way.gateway == "bank_transfer":
        _import_statement(stage, story, opened)
    payment = stage.wait_for(opened.public_id, "completed")
    story.show_routing(stage.routing(opened.public_id), currency=way.currency)
    story.show_payment(payment)
    if way.gateway == "bank_transfer":
        story.say("   and by the entry of the statement:")
        story.show_lines(ledger_view.bank_lines(payment), currency=way.currency)
    story.claim("the payment is completed", payment.status == "completed")
    _claim_way(stage, story, payment, way=way)
    _claim_money(stage, story, payment, opened=opened)


def _claim_way(stage: Stage, story: Story, payment: Payment, *, way: Way) -> None:
    completed_by = ledger_view.completed_by(payment)
    story.claim(f"{PROFILES[way.gateway].display_name} took it", payment.gateway == way.gateway)
    if way.is_asked:
        heard = stage.until(lambda: InboundEvent.objects.filter(payment_id=payment.pk).exists())
        story.claim(
            "its notification came, and the gateway was asked before anything was booked",
            heard and completed_by == Source.POLL,
        )
    elif way.gateway == "stripe":
        story.claim("a signed webhook completed it", completed_by == Source.WEBHOOK)
    elif way.gateway == "paypal":
        was_approved = payment.history.filter(outcome="approved").exists()
        story.claim("it was approved before it was collected", was_approved)


def _claim_money(stage: Stage, story: Story, payment: Payment, *, opened: _Opened) -> None:
    way, attempt = opened.way, payment.attempts.get()
    gross, commission = Money(way.amount, way.currency), Money(way.commission, way.currency)
    taken = gateway_books.taken(stage.simulator.books(), attempt)
    story.claim(f"the gateway's own book: taken once, {ledger_view.shown(gross)}", taken == [way.amount])
    after = ledger_view.available(way.seller, way.currency)
    story.show_wallet(seller_of(way.seller).name, before=opened.before, after=after)
    story.claim(f"our commission is {ledger_view.shown(commission)}", payment.commission_minor == way.commission)
    net = gross - commission
    story.claim(f"the wallet rose by the net, {ledger_view.shown(net)}", after - opened.before == net)


def _import_statement(stage: Stage, story: Story, opened: _Opened) -> None:
    """Fetch the statement of the day from the bank and import it, as a person does every banking day."""
    status = stage.get(opened.public_id)["status"]
    story.claim("the money is at the bank, and nobody here knows it yet", status == "requires_action")
    account = _account_of(opened.public_id)
    iban = unseal(bytes(account.credentials), context=sealing_context(account))["iban"]
    now = clock.now()
    body = stage.simulator.statement(iban, day=now.date().isoformat())
    found = _imported(account, body)
    story.say(f"   statement of {now:%d.%m.%Y}: {found.matched} matched, {found.unmatched} to suspense")
    story.claim("the statement is imported, its entry found by the reference", found.matched >= 1)
    story.claim("the same file once more books nothing", _imported(account, body).matched == 0)


def _imported(account: GatewayAccount, body: bytes) -> Imported:
    return import_statement(account=account, body=body, file_name="statement.xml", imported_by="demo", now=clock.now())


def _account_of(public_id: str) -> GatewayAccount:
    return ledger_view.payment_of(public_id).attempts.get().gateway_account
