"""Bank statements: what is exactly what was asked is paid, everything else is suspended once, for a person to see."""

from datetime import timedelta

import pytest

from gateways.contract import Outcome
from gateways.models import GatewayAccount
from payments.models import Payment, PaymentAttempt
from payments.models.payment import Flag
from payments.states import AttemptState, Status
from reconciliation.models import LineReason, LineState, StatementLine
from tests.support.bank import ASKED, awaiting, make_bank_account, the_line, told
from tests.support.books import assert_books_balance, balance_of, counts
from tests.support.camt import Entry
from tests.support.factories import GROSS, NET, NOON, Merchant, make_merchant, tell
from wallets.chart import AccountKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def account(merchant: Merchant) -> GatewayAccount:
    return make_bank_account(merchant)


def transfer(attempt: PaymentAttempt, amount: str = ASKED, **fields: str) -> Entry:
    """The payer writes the reference as free text, as most banks' forms ask for it."""
    return Entry(amount, **{"text": f"Invoice {attempt.gateway_payment_id}"} | fields)


def assert_suspended(reason: LineReason, amount: int, *, payment: str = Status.REQUIRES_ACTION) -> None:
    """In suspense once, and no payment was touched."""
    line = the_line()
    assert (line.state, line.reason) == (LineState.UNMATCHED, reason)
    assert balance_of(AccountKind.BANK, line.gateway_account_id) == amount
    assert balance_of(AccountKind.SUSPENSE) == amount
    assert set(Payment.objects.values_list("status", flat=True)) <= {payment}
    assert_books_balance()


# --- What was asked -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["02", "08", "10"])
def test_a_transfer_with_reference_and_amount_pays_the_payment(
    merchant: Merchant, account: GatewayAccount, version: str
) -> None:
    attempt = awaiting(merchant)

    found = told(account, transfer(attempt), version=version)

    assert (found.matched, found.unmatched, found.was_known) == (1, 0, False)
    payment = Payment.objects.get()
    assert payment.status == Status.COMPLETED
    assert payment.completed_at.date().isoformat() == "2026-11-21"
    assert (the_line().state, the_line().attempt_id) == (LineState.MATCHED, attempt.pk)
    assert balance_of(AccountKind.BANK, account.pk) == GROSS
    assert balance_of(AccountKind.GATEWAY_CLEARING, account.pk) == 0
    assert balance_of(AccountKind.WALLET_AVAILABLE, payment.wallet_id) == NET
    assert_books_balance()


@pytest.mark.parametrize(
    "written",
    [
        "{0}",
        "re {1} thanks",
        "{2}",
        "INV.77/{3}/ODD",
        "EREF+NOTPROVIDED SVWZ+{1} ABWA+SOMEBODY",
    ],
    ids=["whole", "in groups", "lower case", "with hyphens", "in a bank's own frame"],
)
def test_the_reference_is_found_in_what_people_and_banks_make_of_it(
    merchant: Merchant, account: GatewayAccount, written: str
) -> None:
    reference = awaiting(merchant).gateway_payment_id
    groups = [reference[start : start + 4] for start in range(0, 20, 4)]
    text = written.format(reference, " ".join(groups), reference.lower(), "-".join(groups))

    told(account, Entry(ASKED, text=text))

    assert the_line().state == LineState.MATCHED


def test_a_structured_reference_needs_no_text(merchant: Merchant, account: GatewayAccount) -> None:
    reference = awaiting(merchant).gateway_payment_id

    told(account, Entry(ASKED, structured=reference))

    assert the_line().state == LineState.MATCHED


def test_a_transfer_booked_in_time_counts_though_we_read_of_it_late(
    merchant: Merchant, account: GatewayAccount
) -> None:
    """The payment was closed on our side meanwhile: the money is a late success, flagged for a person."""
    attempt = awaiting(merchant)
    tell(attempt, Outcome.CANCELLED)

    told(account, transfer(attempt), now=NOON + timedelta(days=5))

    payment = Payment.objects.get()
    assert (payment.status, payment.flag) == (Status.COMPLETED, Flag.LATE_SUCCESS)
    assert_books_balance()


# --- B27: everything else -------------------------------------------------------------------------------------------


@pytest.mark.row("B27")
@pytest.mark.parametrize(("amount", "minor"), [("13.36", 13_36), ("13.38", 13_38), ("1337.00", 1337_00)])
def test_another_amount_is_suspended_and_the_payment_flagged(
    merchant: Merchant, account: GatewayAccount, amount: str, minor: int
) -> None:
    attempt = awaiting(merchant)

    told(account, transfer(attempt, amount))

    assert_suspended(LineReason.WRONG_AMOUNT, minor)
    assert the_line().attempt_id == attempt.pk
    assert Payment.objects.get().flag == Flag.MISMATCH


@pytest.mark.row("B27")
def test_another_currency_is_suspended(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant)

    told(account, transfer(attempt, currency="USD"), currency="USD")

    assert_suspended(LineReason.WRONG_CURRENCY, GROSS)


@pytest.mark.row("B27")
def test_the_amount_alone_pays_nothing(merchant: Merchant, account: GatewayAccount) -> None:
    awaiting(merchant)

    told(account, Entry(ASKED, text="for the concert"))

    assert_suspended(LineReason.NO_REFERENCE, GROSS)


@pytest.mark.row("B27")
def test_a_mistyped_reference_pays_nothing(merchant: Merchant, account: GatewayAccount) -> None:
    reference = awaiting(merchant).gateway_payment_id
    mistyped = reference[:9] + ("A" if reference[9] != "A" else "B") + reference[10:]

    told(account, Entry(ASKED, text=mistyped))

    assert_suspended(LineReason.NO_REFERENCE, GROSS)


@pytest.mark.row("B27")
def test_a_reference_of_another_account_pays_nothing_here(merchant: Merchant, account: GatewayAccount) -> None:
    stranger = make_merchant()
    make_bank_account(stranger)
    foreign = awaiting(stranger)

    told(account, transfer(foreign))

    assert_suspended(LineReason.UNKNOWN_REFERENCE, GROSS)


@pytest.mark.row("B27")
def test_two_references_in_one_transfer_are_for_a_person(merchant: Merchant, account: GatewayAccount) -> None:
    first, second = awaiting(merchant), awaiting(merchant)

    told(account, Entry(ASKED, text=f"{first.gateway_payment_id} and {second.gateway_payment_id}"))

    assert_suspended(LineReason.SEVERAL_REFERENCES, GROSS)


@pytest.mark.row("B27")
def test_a_second_transfer_for_the_same_payment_is_suspended(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant)

    found = told(account, transfer(attempt, bank_reference="B1"), transfer(attempt, bank_reference="B2"))

    assert (found.matched, found.unmatched) == (1, 1)
    second = StatementLine.objects.get(state=LineState.UNMATCHED)
    assert (second.reason, second.bank_reference) == (LineReason.TWICE, "B2")
    assert balance_of(AccountKind.BANK, account.pk) == 2 * GROSS
    assert balance_of(AccountKind.SUSPENSE) == GROSS
    assert_books_balance()


@pytest.mark.row("B27")
def test_a_transfer_for_what_another_gateway_collected_is_suspended_once_and_flagged(
    merchant: Merchant, account: GatewayAccount
) -> None:
    """The payer was told to transfer, paid by card instead, and then transferred all the same."""
    attempt = awaiting(merchant)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(state=AttemptState.CANCELLED)
    by_card = PaymentAttempt.objects.create(
        tenant=merchant.tenant,
        payment=attempt.payment,
        number=2,
        kind="charge",
        state=AttemptState.PENDING,
        gateway_account=merchant.account,
        gateway_payment_id="pi_odd",
        created_at=NOON,
        next_check_at=NOON,
    )
    tell(by_card, Outcome.SUCCEEDED)

    told(account, transfer(attempt))

    assert (the_line().state, the_line().reason) == (LineState.MATCHED, LineReason.TWICE)
    assert Payment.objects.get().flag == Flag.DUPLICATE_COLLECTION
    assert balance_of(AccountKind.BANK, account.pk) == GROSS
    assert balance_of(AccountKind.GATEWAY_CLEARING, account.pk) == 0
    assert balance_of(AccountKind.SUSPENSE) == GROSS
    assert balance_of(AccountKind.WALLET_AVAILABLE, attempt.payment.wallet_id) == NET


@pytest.mark.row("B27")
def test_two_identical_transfers_without_bank_references_are_two(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant)

    found = told(account, transfer(attempt), transfer(attempt))

    assert (found.matched, found.unmatched) == (1, 1)
    assert balance_of(AccountKind.SUSPENSE) == GROSS


@pytest.mark.row("B27")
def test_a_transfer_from_somebody_else_is_suspended(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant, customer_name="Zoë Payer")

    told(account, transfer(attempt, name="Unrelated Trading Ltd"))

    assert_suspended(LineReason.THIRD_PARTY, GROSS)


def test_a_name_is_the_same_in_another_order_and_without_accents(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant, customer_name="Zoë Pâyer")

    told(account, transfer(attempt, name="PAYER ZOE"))

    assert the_line().state == LineState.MATCHED


@pytest.mark.row("B27")
def test_a_transfer_after_the_deadline_is_suspended(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant)
    tell(attempt, Outcome.EXPIRED)

    told(account, transfer(attempt, day="2026-12-08"), now=NOON + timedelta(days=17))

    assert_suspended(LineReason.TOO_LATE, GROSS, payment=Status.EXPIRED)


# --- Back and out ---------------------------------------------------------------------------------------------------


def test_money_that_went_out_is_booked_against_suspense(merchant: Merchant, account: GatewayAccount) -> None:
    told(account, Entry("-4.21", text="bank fee"))

    assert_suspended(LineReason.MONEY_OUT, -4_21)


@pytest.mark.parametrize(
    ("amount", "fields"), [("-13.37", {"reversal": True}), ("13.37", {"return_reason": "AC04"})], ids=["taken", "came"]
)
def test_a_reversal_or_return_is_kept_for_a_person_with_its_own_sign(
    merchant: Merchant, account: GatewayAccount, amount: str, fields: dict[str, object]
) -> None:
    attempt = awaiting(merchant)

    told(account, Entry(amount, text=attempt.gateway_payment_id, **fields))

    assert_suspended(LineReason.REVERSAL, -GROSS if amount.startswith("-") else GROSS)
    assert the_line().attempt_id == attempt.pk


@pytest.mark.parametrize(
    ("status", "state"), [("PDNG", LineState.ANNOUNCED), ("INFO", LineState.IGNORED)], ids=["announced", "told only"]
)
def test_what_is_not_booked_moves_nothing(
    merchant: Merchant, account: GatewayAccount, status: str, state: LineState
) -> None:
    attempt = awaiting(merchant)

    told(account, transfer(attempt, status=status, bank_reference="B1"))

    assert the_line().state == state
    assert counts() == (0, 0)
    assert Payment.objects.get().status == Status.REQUIRES_ACTION


def test_what_was_announced_pays_once_it_is_booked(merchant: Merchant, account: GatewayAccount) -> None:
    attempt = awaiting(merchant)
    told(account, transfer(attempt, status="PDNG", bank_reference="B1"))

    told(account, transfer(attempt, bank_reference="B1"), statement_id="STM-2")

    line = the_line()
    assert (line.state, line.statement.statement_id) == (LineState.MATCHED, "STM-2")
    assert Payment.objects.get().status == Status.COMPLETED
    assert_books_balance()
