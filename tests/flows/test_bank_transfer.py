"""A sale by bank transfer: instructions for the payer, a transfer at the bank, its statement, money in a wallet."""

import json
import urllib.parse
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from common import clock
from gateways.models import GatewayAccount
from payments.models import Payment, PaymentAttempt
from payments.states import Status
from reconciliation.models import LineReason, LineState, StatementLine
from tests.support.api import Api, api_of, sweep
from tests.support.bank import make_bank_account, shown_id, written
from tests.support.books import assert_books_balance, balances
from tests.support.camt import IBAN
from tests.support.factories import COMMISSION, GROSS, NET, Merchant
from tests.support.simulator import Levers
from tests.support.web import Answer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(merchant: Merchant, levers: Levers) -> GatewayAccount:
    levers.control("POST", "/bank_transfer/accounts", iban=IBAN, holder="Odd Nights SARL")
    return make_bank_account(merchant)


@pytest.fixture
def api(merchant: Merchant, account: GatewayAccount) -> Api:
    return api_of(merchant)


def instructions(answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(answer.data["instructions"])
    return shown


def pays(levers: Levers, **typed: str) -> None:
    """The payer types this into the form of the bank."""
    form = urllib.parse.urlencode({"name": "Odd Payer"} | typed).encode()
    with urllib.request.urlopen(f"{levers.url}/pay/bank_transfer/", data=form, timeout=10) as page:
        assert page.status == 200


def import_today(levers: Levers, account: GatewayAccount, folder: Path, *, kind: str = "xml") -> None:
    """Fetch the statement of the day, as a person would from the bank's portal, and import it."""
    day = clock.now().date().isoformat()
    address = f"{levers.url}/bank_transfer/accounts/{IBAN}/statements/{day}.{kind}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        body = answer.read()
    call_command("import_statement", shown_id(account), written(folder, body, f"bank.{kind}"))


def test_a_sale_by_transfer(levers: Levers, api: Api, account: GatewayAccount, tmp_path: Path) -> None:
    made = api.create(paymentMethod="bank_transfer", orderId="A-1042")
    told = instructions(made)
    assert (made.status, made.data["status"]) == (201, "requires_action")
    assert (told["iban"], told["amount"], told["currency"]) == (IBAN, "13.37", "EUR")

    pays(levers, iban=told["iban"], amount=told["amount"], currency="EUR", reference=told["referenceInGroups"])
    import_today(levers, account, tmp_path)

    payment = Payment.objects.get()
    assert payment.status == Status.COMPLETED
    assert balances() == {
        f"bank:{account.pk} EUR": GROSS,
        f"wallet_available:{payment.wallet_id} EUR": NET,
        "commission_revenue EUR": COMMISSION,
    }
    assert not PaymentAttempt.objects.filter(next_check_at__isnull=False).exists()
    assert_books_balance()


def test_the_sweep_asks_nobody_and_leaves_the_instructions_where_they_are(api: Api) -> None:
    made = api.create(paymentMethod="bank_transfer")

    sweep(after=timedelta(hours=6))
    sweep(after=timedelta(hours=12))

    seen = api.payment(made.data["transactionId"])
    assert seen.data["status"] == "requires_action"
    assert seen.data["instructions"] == made.data["instructions"]


def test_instructions_lost_with_their_answer_are_worked_out_again(api: Api, merchant: Merchant) -> None:
    """As though the process had died between writing the payment down and telling the payer."""
    made = api.create(paymentMethod="bank_transfer")
    PaymentAttempt.objects.update(
        state="sending", gateway_payment_id="", next_action_kind="", next_action_value="", next_check_at=clock.now()
    )
    Payment.objects.update(status=Status.PROCESSING)

    sweep(after=timedelta(minutes=2))

    assert api.payment(made.data["transactionId"]).data["instructions"] == made.data["instructions"]


@pytest.mark.row("B27")
def test_a_payment_that_nobody_paid_in_time_expires_and_late_money_waits_for_a_person(
    levers: Levers, api: Api, account: GatewayAccount, tmp_path: Path
) -> None:
    told = instructions(api.create(paymentMethod="bank_transfer"))
    Payment.objects.update(expires_at=clock.now() - timedelta(days=2))
    sweep(after=timedelta(hours=12))
    assert Payment.objects.get().status == Status.EXPIRED

    pays(levers, iban=told["iban"], amount=told["amount"], currency="EUR", reference=told["reference"])
    import_today(levers, account, tmp_path)

    line = StatementLine.objects.get()
    assert (line.state, line.reason) == (LineState.UNMATCHED, LineReason.TOO_LATE)
    assert balances() == {f"bank:{account.pk} EUR": GROSS, "suspense EUR": GROSS}
    assert_books_balance()


@pytest.mark.row("B27")
def test_a_payer_who_gets_it_wrong_twice_and_right_once_pays_once(
    levers: Levers, api: Api, account: GatewayAccount, tmp_path: Path
) -> None:
    told = instructions(api.create(paymentMethod="bank_transfer"))

    pays(levers, iban=IBAN, amount="13,36", currency="EUR", reference=told["reference"])
    pays(levers, iban=IBAN, amount="13.37", currency="EUR", reference="concert")
    pays(levers, iban=IBAN, amount="13.37", currency="EUR", reference=told["reference"])
    import_today(levers, account, tmp_path)
    import_today(levers, account, tmp_path)

    assert Payment.objects.get().status == Status.COMPLETED
    reasons = StatementLine.objects.order_by("id").values_list("state", "reason")
    assert list(reasons) == [("unmatched", "wrong_amount"), ("unmatched", "no_reference"), ("matched", "")]
    assert balances()["suspense EUR"] == 13_36 + 13_37
    assert_books_balance()
