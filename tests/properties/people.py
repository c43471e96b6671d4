"""What people do by hand, and the bank: bookings, reversals, transfers and statements."""

import itertools

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from common import clock
from common.money import Money
from payments.models import PaymentAttempt
from tests.properties.truths import rows
from tests.properties.world import World
from wallets import ledger
from wallets.chart import AccountKind, AccountRef
from wallets.models import LedgerTransaction, Wallet

pick = st.integers(0, 60)
_subjects = itertools.count(1)


def has_wallets(machine: "People") -> bool:
    return Wallet.objects.filter(tenant=machine.world.tenant).exists()


class People(RuleBasedStateMachine):
    """Rules of the state machine that no request and no worker brings about."""

    world: World

    @precondition(has_wallets)
    @rule(number=pick, minor=st.sampled_from([1, 5_00, -1, -3_00, -12_53]))
    def a_person_books(self, number: int, minor: int) -> None:
        """By hand, for or from a wallet; what is not there cannot be taken, and nothing is booked twice."""
        wallets = list(Wallet.objects.filter(tenant=self.world.tenant).order_by("pk"))
        wallet = wallets[number % len(wallets)]
        ours = AccountRef(AccountKind.ADJUSTMENTS, 0, wallet.currency)
        theirs = AccountRef(AccountKind.WALLET_AVAILABLE, wallet.pk, wallet.currency)
        debit, credit = (ours, theirs) if minor > 0 else (theirs, ours)
        posting = ledger.Posting(debit, credit, Money(abs(minor), wallet.currency))
        now = clock.now()
        booking = ledger.Booking(self.world.tenant.pk, "by_hand", next(_subjects), "adjusted", (posting,), now)
        if self._held(wallet.pk) + minor < 0:
            with pytest.raises(ledger.InsufficientFunds), transaction.atomic():
                ledger.post(booking, recorded_at=now)
            return
        with transaction.atomic():
            ledger.post(booking, recorded_at=now)
        self.world.moved[wallet.pk] += minor
        # Where the first has emptied the wallet, that is what the second is told.
        with pytest.raises((ledger.EffectAlreadyBooked, ledger.InsufficientFunds)), transaction.atomic():
            ledger.post(booking, recorded_at=now)

    def _held(self, wallet_id: int) -> int:
        found = rows(
            "SELECT -sum(e.amount_minor) FROM wallets_ledgerentry e JOIN wallets_ledgeraccount a ON a.id = e.account_id"
            " WHERE a.kind = 'wallet_available' AND a.party_id = %s",
            [wallet_id],
        )
        return int(found[0][0] or 0)

    @precondition(has_wallets)
    @rule(number=pick)
    def a_person_reverses(self, number: int) -> None:
        """What was booked is mirrored once, and not at all where the wallet has spent it."""
        subjects = ["payment", "by_hand"]
        booked = LedgerTransaction.objects.filter(tenant=self.world.tenant, subject_type__in=subjects).order_by("pk")
        if not booked:
            return
        mistake = booked[number % booked.count()]
        lines = mistake.entries.filter(account__kind=AccountKind.WALLET_AVAILABLE)
        back = {line.account.party_id: line.amount_minor for line in lines.select_related("account")}
        refused: list[type[Exception]] = []
        if any(self._held(wallet) + minor < 0 for wallet, minor in back.items()):
            refused.append(ledger.InsufficientFunds)
        if LedgerTransaction.objects.filter(reverses=mistake).exists():
            refused.append(ledger.EffectAlreadyBooked)
        now = clock.now()
        if refused:
            with pytest.raises(tuple(refused)), transaction.atomic():
                ledger.reverse(mistake, occurred_at=now, recorded_at=now)
            return
        with transaction.atomic():
            ledger.reverse(mistake, occurred_at=now, recorded_at=now)
        self.world.moved.update(back)

    @precondition(has_wallets)
    @rule(number=pick, off_by=st.sampled_from([None, 0, 0, 0, -1, 1_00]))
    def a_statement_is_imported(self, number: int, off_by: int | None) -> None:
        """It tells of a transfer, of as much as was asked or not quite; or it is one that was imported before."""
        asked = PaymentAttempt.objects.filter(gateway_account=self.world.bank).exclude(gateway_payment_id="")
        if off_by is None and self.world.files:
            assert self.world.import_file(number % len(self.world.files)).was_known is True
        elif count := asked.count():
            attempt = asked.select_related("payment").order_by("pk")[number % count]
            text = f"Invoice {attempt.gateway_payment_id}"
            self.world.transfer(attempt.payment.amount_minor + (off_by or 0), text)
