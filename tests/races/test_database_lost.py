"""The database goes away at the worst moment, or says "not now": nothing is done twice, and nothing is half done."""

from collections.abc import Iterator

import pytest
from django.db import connection

from common import clock
from common.database import in_transaction
from payments.models import Payment, PaymentAttempt
from payments.services.check import claim_due, run_claim
from payments.states import AttemptState, Status
from tests.support import webhooks
from tests.support.api import Api, api_of, let_leases_run_out, settle
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_merchant
from tests.support.proxy import Proxy, database_behind_a_proxy
from tests.support.raw import run
from tests.support.simulator import Levers

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "pm_card_visa"
delivered_or_not = pytest.mark.parametrize("delivered", [True, False], ids=["done unheard", "never arrived"])


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def api(merchant: Merchant, levers: Levers) -> Api:
    return api_of(merchant)


@pytest.fixture
def proxy(merchant: Merchant) -> Iterator[Proxy]:
    with database_behind_a_proxy() as proxy:
        yield proxy


def assert_paid_once(levers: Levers, merchant: Merchant) -> None:
    (theirs,) = levers.payments(merchant)
    payment = Payment.objects.get()
    attempt = payment.attempts.get()
    assert (theirs["charge_count"], theirs["captured"]) == (1, 13_37)
    assert (payment.status, attempt.state) == (Status.COMPLETED, AttemptState.SUCCEEDED)
    assert counts() == (1, 3)
    assert_books_balance()


@pytest.mark.row("G1")
@delivered_or_not
def test_a_payment_whose_commit_was_not_heard_is_looked_up_and_goes_on(
    api: Api, proxy: Proxy, levers: Levers, merchant: Merchant, delivered: bool
) -> None:
    """G1: whether or not it was written, the caller gets the answer of one payment, and the gateway is called once."""
    proxy.lose(b"INSERT INTO tenants_idempotencyrecord", delivered=delivered)

    answer = api.create(paymentToken=CARD)

    assert (answer.status, proxy.lost) == (201, 1)
    assert levers.received(PaymentAttempt.objects.get().reference) == {"create": 1}
    assert_paid_once(levers, merchant)


@pytest.mark.row("G1", "G3")
@delivered_or_not
def test_an_answer_whose_commit_was_not_heard_is_written_down_again(
    api: Api, proxy: Proxy, levers: Levers, merchant: Merchant, delivered: bool
) -> None:
    """G1, G3: the transaction is done again, the call to the gateway is not; a replay gives the same answer."""
    # The first COMMIT is that of the wallet.
    proxy.lose(b"COMMIT", delivered=delivered, after=1)

    answer = api.create(paymentToken=CARD)
    again = api.create(paymentToken=CARD)

    assert (answer.status, answer.data["status"], proxy.lost) == (201, Status.COMPLETED, 1)
    assert (again.body, again.is_replay) == (answer.body, True)
    assert levers.received(PaymentAttempt.objects.get().reference) == {"create": 1}
    assert_paid_once(levers, merchant)


@pytest.mark.row("G1")
@delivered_or_not
def test_that_the_payer_must_act_is_noted_although_nobody_heard(api: Api, proxy: Proxy, delivered: bool) -> None:
    """G1: the plain case is one statement; its answer may be lost like any other."""
    proxy.lose(b"UPDATE payments_paymentattempt a\n    SET state = 'pending'", delivered=delivered)

    answer = api.create()
    again = api.create()

    assert (answer.status, proxy.lost) == (201, 1)
    assert (again.body, again.is_replay) == (answer.body, True)
    assert Payment.objects.get().attempts.get().state == AttemptState.PENDING


@pytest.mark.row("G1")
@delivered_or_not
def test_a_batch_of_webhooks_whose_commit_was_not_heard_is_applied_once(
    api: Api, levers: Levers, merchant: Merchant, delivered: bool
) -> None:
    """G1: what was applied is marked in the same transaction, so that a second run finds nothing to do."""
    made = api.create()
    attempt = PaymentAttempt.objects.get()
    levers.pay(attempt.gateway_payment_id)
    webhooks.post(merchant, webhooks.webhook_of(attempt))

    with database_behind_a_proxy() as proxy:
        proxy.lose(b"COMMIT", delivered=delivered)
        settle()
        settle()

    assert proxy.lost == 1
    assert api.payment(made.data["transactionId"]).data["status"] == Status.COMPLETED
    assert_paid_once(levers, merchant)


@pytest.mark.row("G1")
@delivered_or_not
def test_what_the_sweep_heard_is_written_down_although_the_commit_was_not_heard(
    api: Api, levers: Levers, merchant: Merchant, delivered: bool
) -> None:
    """G1: the sweep's transaction is done again with what the gateway said; the gateway is asked once."""
    api.create()
    levers.pay(PaymentAttempt.objects.get().gateway_payment_id)
    let_leases_run_out()
    before = levers.received(PaymentAttempt.objects.get().reference)

    with database_behind_a_proxy() as proxy:
        (claim,) = claim_due(now=clock.now(), limit=10)
        proxy.lose(b"COMMIT", delivered=delivered)
        run_claim(claim, now=clock.now())

    assert proxy.lost == 1
    assert sum(levers.received(PaymentAttempt.objects.get().reference).values()) == sum(before.values()) + 1
    assert_paid_once(levers, merchant)


@pytest.mark.row("G3")
@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "55P03"])
def test_a_transaction_that_met_another_is_done_again_and_the_gateway_is_not_called_again(
    api: Api, levers: Levers, merchant: Merchant, sqlstate: str
) -> None:
    """G3: deadlock, serialisation failure and lock timeout, each twice in a row."""
    with failing("payments_paymentattempt", sqlstate=sqlstate, times=2):
        answer = api.create(paymentToken=CARD)

    assert answer.status == 201
    assert levers.received(PaymentAttempt.objects.get().reference) == {"create": 1}
    assert_paid_once(levers, merchant)


@pytest.mark.row("G3")
def test_trying_again_has_an_end(api: Api, levers: Levers, merchant: Merchant) -> None:
    """G3: after a few tries the caller is told to come back; the same key then finds what the gateway did."""
    with failing("payments_paymentattempt", sqlstate="40P01", times=50):
        refused = api.create(paymentToken=CARD)

    let_leases_run_out()
    answer = api.create(paymentToken=CARD)

    assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (503, "UNAVAILABLE", "5")
    assert answer.status == 201
    assert_paid_once(levers, merchant)


@pytest.mark.row("G3")
def test_a_statement_that_took_too_long_is_not_repeated() -> None:
    """G3: it would take as long again."""
    tries = []

    def work() -> None:
        tries.append(clock.now())
        run("SET LOCAL statement_timeout = '20ms'")
        run("SELECT pg_sleep(1)")

    with pytest.raises(Exception, match="statement timeout"):
        in_transaction(work)

    assert len(tries) == 1


@pytest.mark.row("G4")
def test_a_server_that_may_not_write_is_left_and_nothing_is_half_done(
    api: Api, levers: Levers, merchant: Merchant
) -> None:
    """G4: this connection leads to a server that was demoted; the next request has another."""
    connection.close()
    before = connection.settings_dict
    demoted = before["OPTIONS"]["options"] + " -c default_transaction_read_only=on"
    connection.settings_dict = before | {"OPTIONS": before["OPTIONS"] | {"options": demoted}}
    try:
        refused = api.create(paymentToken=CARD)
        is_left = connection.connection is None
    finally:
        connection.settings_dict = before
        connection.close()
    answer = api.create(paymentToken=CARD)

    assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (503, "UNAVAILABLE", "5")
    assert is_left
    assert answer.status == 201
    assert_paid_once(levers, merchant)


@pytest.mark.row("G4")
def test_a_connection_that_the_server_ended_is_opened_anew(api: Api, levers: Levers, merchant: Merchant) -> None:
    """G4: the server was restarted while the connection was idle: one refusal at most, then all is as before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        mine = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
    other.close()

    answers = [api.create(paymentToken=CARD) for _ in range(2)]

    assert [answer.status for answer in answers] in ([201, 201], [503, 201])
    assert_paid_once(levers, merchant)


class failing:  # noqa: N801 - reads as a word in a with statement
    """The next updates of a table fail, as if another transaction had been in the way. A sequence counts through."""

    def __init__(self, table: str, *, sqlstate: str, times: int) -> None:
        self._table, self._sqlstate, self._times = table, sqlstate, times

    def __enter__(self) -> None:
        run("CREATE SEQUENCE test_failures")
        run(
            "CREATE FUNCTION test_fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF nextval('test_failures') <= {self._times} THEN "
            f"RAISE EXCEPTION 'in the way' USING ERRCODE = '{self._sqlstate}'; END IF; RETURN NEW; END $$"
        )
        run(
            f"CREATE TRIGGER test_fail BEFORE UPDATE ON {self._table} FOR EACH ROW EXECUTE FUNCTION test_fail()",
        )

    def __exit__(self, *_error: object) -> None:
        run(f"DROP TRIGGER test_fail ON {self._table}")
        run("DROP FUNCTION test_fail()")
        run("DROP SEQUENCE test_failures")
