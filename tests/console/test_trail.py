"""The money trail: at every place in = out + still here, and both sides are equal."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from console import trail
from console.trail import Certainty
from payments.states import AttemptState, Status
from tests.console.conftest import Get
from tests.console.scene import Scene
from wallets.chart import AccountKind, Party
from wallets.ledger import entries_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NAMES = {(Party.WALLET, 7): "Baobab", (Party.GATEWAY_ACCOUNT, 3): "Stripe"}


@dataclass
class Account:
    kind: str
    party_id: int = 0


@dataclass
class Booking:
    pk: int
    effect: str
    occurred_at: datetime = NOON


@dataclass
class Line:
    account_id: int
    account: Account
    amount_minor: int
    transaction: Booking
    currency: str = "EUR"


@dataclass
class Book:
    """Lines made of pairs, as the ledger makes them."""

    lines: list[Line] = field(default_factory=list)
    accounts: dict[tuple[str, int], int] = field(default_factory=dict)

    def move(self, debit: tuple[AccountKind, int], credit: tuple[AccountKind, int], minor: int, effect: str) -> None:
        booking = Booking(len(self.lines), effect)
        for (kind, party), signed in ((debit, minor), (credit, -minor)):
            key = self.accounts.setdefault((kind, party), len(self.accounts) + 1)
            self.lines.append(Line(key, Account(kind, party), signed, booking))


CLEARING = (AccountKind.GATEWAY_CLEARING, 3)
PENDING = (AccountKind.WALLET_PENDING, 7)
AVAILABLE = (AccountKind.WALLET_AVAILABLE, 7)
COMMISSION = (AccountKind.COMMISSION_REVENUE, 0)
FEES = (AccountKind.GATEWAY_FEES, 0)


def test_a_sale_that_was_partly_refunded_is_followed_to_the_last_cent() -> None:
    book = Book()
    book.move(CLEARING, PENDING, 113_50, "completed")
    book.move(CLEARING, COMMISSION, 6_50, "completed")
    book.move(PENDING, CLEARING, 37_83, "refund")
    book.move(COMMISSION, CLEARING, 2_17, "refund")
    book.move(FEES, CLEARING, 2_05, "gateway fee")
    book.move(PENDING, AVAILABLE, 75_67, "release")

    (found,) = trail.booked(book.lines, parties=NAMES)

    here = {place.name: str(place.here) for place in (*found.lies_with, *found.belongs_to) if place.here}
    assert here == {"Stripe": "77.95 EUR", "Gateway fees": "2.05 EUR", "Baobab": "75.67 EUR", "Commission": "4.33 EUR"}
    assert found.holds
    assert found.total == Money(80_00, "EUR")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([CLEARING, PENDING, AVAILABLE, COMMISSION, FEES]),
            st.sampled_from([CLEARING, PENDING, AVAILABLE, COMMISSION, FEES]),
            st.integers(1, 10**12),
        ).filter(lambda move: move[0] != move[1]),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_is_booked_in_equals_out_plus_what_is_still_here(
    moves: list[tuple[tuple[AccountKind, int], tuple[AccountKind, int], int]],
) -> None:
    book = Book()
    for debit, credit, minor in moves:
        book.move(debit, credit, minor, "any")

    (found,) = trail.booked(book.lines, parties=NAMES)

    assert found.holds
    for place in (*found.lies_with, *found.belongs_to):
        assert place.came_in == place.went_out + place.here


def test_entries_that_do_not_balance_are_said_to_differ() -> None:
    book = Book()
    book.move(CLEARING, AVAILABLE, 13_37, "completed")
    book.lines.pop()

    (found,) = trail.booked(book.lines, parties=NAMES)

    assert not found.holds


def test_the_trail_of_a_real_payment_holds_and_says_where_the_money_is(scene: Scene) -> None:
    payment = scene.pay()
    names = {(Party.WALLET, payment.wallet_id): "Baobab", (Party.GATEWAY_ACCOUNT, scene.account.pk): "Stripe"}

    (found,) = trail.booked(entries_of("payment", payment.pk), parties=names)

    assert found.holds
    assert found.collected == payment.amount
    assert trail.sentence(found).replace("\u00a0", " ") == (
        "Stripe owes us 120.37 EUR; 113.96 EUR is available to Baobab; 6.41 EUR is our commission."
    )


def test_what_is_expected_is_never_shown_as_booked(scene: Scene, get: Get) -> None:
    scene_pages = {
        Certainty.EXPECTED: scene.pay(Status.PROCESSING),
        Certainty.DOUBTFUL: scene.pay(Status.PROCESSING, attempt_state=AttemptState.UNKNOWN),
        Certainty.FAILED: scene.pay(Status.FAILED),
        Certainty.BOOKED: scene.pay(),
    }

    for certainty, payment in scene_pages.items():
        page = get(f"/admin/payments/payment/{payment.shown_id}/").content.decode()

        assert f'class="c-trail c-{certainty.value}"' in page
