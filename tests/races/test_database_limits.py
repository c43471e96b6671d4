"""What the database has no more of, clocks that differ, reports, tables that grow, and changes of the tables."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import psycopg
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from common import clock
from events.models import OutboxEvent
from events.services.dispatch import dispatch_batch
from gateways import inbox
from gateways.contract import Outcome
from payments.models import Payment, PaymentAttempt
from payments.services import charge, charge_rows, charge_sql
from payments.services.check import claim_due
from payments.services.settle import settle_batch
from payments.services.settle_sql import Charged
from payments.states import Status
from tenants.models import IdempotencyRecord
from tests.support.api import Api, api_of, let_leases_run_out, sweep
from tests.support.books import assert_books_balance, counts
from tests.support.factories import Merchant, make_draft, make_merchant, make_payment, new_key, report_on
from tests.support.raw import run
from tests.support.simulator import Levers, wait_until
from tests.support.web import ROOT, Web, database_url, environment_of_test

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "pm_card_visa"
DONE_ROWS = 20_000


@pytest.fixture
def merchant() -> Merchant:
    return make_merchant()


@pytest.fixture
def full_server() -> Iterator[int]:
    """A PostgreSQL that has as many clients as it takes, at this port."""
    said = b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0"
    listening = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                with client:
                    client.recv(1000)
                    client.sendall(b"E" + (len(said) + 4).to_bytes(4, "big") + said)

    threading.Thread(target=refuse, daemon=True).start()
    yield listening.getsockname()[1]
    listening.close()


@pytest.mark.row("G6")
def test_without_a_connection_the_answer_is_a_quick_no(full_server: int, merchant: Merchant, levers: Levers) -> None:
    """G6: 503 with Retry-After, nobody waits, and nothing was sent to the gateway."""
    api = api_of(merchant)
    before = connection.settings_dict
    options = before["OPTIONS"] | {"sslmode": "disable", "gssencmode": "disable"}
    connection.close()
    connection.settings_dict = before | {"HOST": "127.0.0.1", "PORT": full_server, "OPTIONS": options}
    started = clock.monotonic()
    try:
        refused = api.create(paymentToken=CARD)
    finally:
        took = clock.monotonic() - started
        connection.settings_dict = before
        connection.close()

    assert (refused.status, refused.json["error"], refused.headers["retry-after"]) == (503, "UNAVAILABLE", "5")
    assert took < 2, "not in time"
    assert levers.payments(merchant) == []
    assert api.create(paymentToken=CARD).status == 201


@pytest.mark.row("G6")
@pytest.mark.parametrize(
    ("name", "value"),
    [("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "1min"), ("lock_timeout", "10s")],
)
def test_nothing_is_waited_for_without_end(name: str, value: str) -> None:
    """G6: every connection of the service has them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        assert cursor.fetchone()[0] == value


@pytest.mark.row("G7")
@pytest.mark.parametrize("minutes", [10, -10])
def test_a_machine_whose_clock_is_wrong_by_ten_minutes_charges_nobody_twice(
    webs: tuple[Web, Web], levers: Levers, merchant: Merchant, minutes: int
) -> None:
    """G7: its sweep takes a sender that is at work for dead, or comes late; the reference is the same either way."""
    levers.fault("slow", delay_ms=1500, match={"account": merchant.secret_key})
    caller = threading.Thread(target=lambda: webs[0].create(merchant, key="key-1", paymentToken=CARD))
    caller.start()
    wait_until(lambda: PaymentAttempt.objects.exists() and levers.payments(merchant) is not None)

    swept = sweep(after=timedelta(minutes=minutes))
    caller.join(timeout=20)
    levers.clear_faults()
    let_leases_run_out()
    sweep()

    assert len(swept) == (1 if minutes > 0 else 0)
    assert [row["charge_count"] for row in levers.payments(merchant)] == [1]
    assert Payment.objects.get().status == Status.COMPLETED
    assert counts() == (1, 3)
    assert_books_balance()


@pytest.mark.row("G9")
def test_a_report_that_reads_for_long_holds_no_payment_up(merchant: Merchant, levers: Levers) -> None:
    """G9: it reads its own snapshot of the books, while they are written."""
    api: Api = api_of(merchant)
    api.create(paymentToken=CARD)
    reading, done = threading.Event(), threading.Event()
    sums: list[int] = []

    def report() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for _ in range(2):
                cursor.execute("SELECT count(*) FROM wallets_ledgerentry e JOIN payments_payment p ON true")
                sums.append(cursor.fetchone()[0])
                reading.set()
                done.wait(timeout=20)
        connection.close()

    reader = threading.Thread(target=report)
    reader.start()
    reading.wait(timeout=10)
    answer = api.create(key="key-2", paymentToken=CARD)
    done.set()
    reader.join(timeout=20)

    assert answer.status == 201
    assert sums == [3, 3]


@pytest.mark.row("G12")
def test_tables_are_changed_by_one_at_a_time_and_again_after_one_was_killed(levers: Levers) -> None:
    """G12: killed half way, it is started again, twice at once."""
    name = f"{connection.settings_dict['NAME']}_fresh"
    run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    run(f'CREATE DATABASE "{name}"')
    url = database_url().rpartition("/")[0] + f"/{name}"
    try:
        killed = _prepare(url)
        wait_until(lambda: _migrations(url) > 25, seconds=60)
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait(timeout=10)
        half = _migrations(url)

        ended = [process.wait(timeout=120) for process in [_prepare(url), _prepare(url)]]

        assert ended == [0, 0]
        assert _migrations(url) > half
    finally:
        run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _prepare(url: str) -> subprocess.Popen[bytes]:
    environment = environment_of_test(simulator="") | {"DATABASE_URL": url, "APP_DB_ROLE": ""}
    return subprocess.Popen([sys.executable, "manage.py", "prepare_database"], cwd=ROOT, env=environment)


def _migrations(url: str) -> int:
    with suppress(psycopg.Error), psycopg.connect(url) as link:
        return int(link.execute("SELECT count(*) FROM django_migrations").fetchone()[0])
    return 0


@pytest.fixture
def many_done(merchant: Merchant) -> None:
    """One row of each kind that is to be done, among many that are done."""
    attempt = make_payment(merchant, Status.REQUIRES_ACTION)
    let_leases_run_out()
    multiply("payments_payment", attempt.payment_id, "'order_claim', NULL")
    multiply(
        "payments_paymentattempt",
        attempt.pk,
        "'payment_id', n, 'gateway_payment_id', 'pi_' || n, 'next_check_at', NULL, 'state', 'succeeded'",
    )
    event = OutboxEvent.objects.order_by("id").first()
    multiply("events_outboxevent", event.pk, "'dispatched_at', now(), 'sequence', n")
    run(
        "INSERT INTO gateways_inboundevent (gateway_account_id, dedupe_key, event_type, body, received_at, state,"
        " reason, tries, next_try_at) SELECT %s, 'k' || n, 'done', '', now(),"
        " CASE WHEN n > 2 THEN 'applied' WHEN n = 1 THEN 'parked' ELSE 'received' END, '', 0, now()"
        " FROM generate_series(1, %s) n",
        [merchant.account.pk, DONE_ROWS],
    )
    run("ANALYZE payments_paymentattempt, events_outboxevent, gateways_inboundevent")


def multiply(table: str, row_id: int, changes: str) -> None:
    run(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', n, 'public_id',"
        f" gen_random_uuid(), {changes}))).* FROM {table} t, generate_series(1000001, %s) n WHERE t.id = %s",
        [1_000_000 + DONE_ROWS, row_id],
    )


@pytest.mark.row("G14")
@pytest.mark.usefixtures("many_done")
def test_what_is_to_be_done_is_found_by_indexes_of_nothing_else() -> None:
    """G14: however much is done already, claims of webhooks, attempts and events read partial indexes."""
    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        inbox.claim(limit=200, now=clock.now())
    plans = _plans(asked)
    with CaptureQueriesContext(connection) as asked:
        claim_due(now=clock.now() - timedelta(days=1), limit=100)
    plans += _plans(asked)
    with CaptureQueriesContext(connection) as asked:
        dispatch_batch(now=clock.now())
    plans += _plans(asked)

    for index in ("inbound_received", "inbound_parked", "attempt_due", "outbox_undispatched"):
        assert f" {index} " in plans
    assert "Seq Scan on gateways_inboundevent" not in plans
    assert "Seq Scan on payments_paymentattempt" not in plans
    assert "Seq Scan on events_outboxevent" not in plans


@pytest.mark.row("G14")
def test_a_session_that_began_with_few_rows_looks_up_when_there_are_many(merchant: Merchant) -> None:
    """G14: plans are kept for as long as a session lives; settling reads what it is about, not all there is."""
    connection.close()
    news = [_charged(make_payment(merchant, Status.REQUIRES_ACTION), event_id=number) for number in range(1, 122)]
    for first in range(0, 120, 8):
        with transaction.atomic():
            assert settle_batch(news[first : first + 8], now=clock.now())
    done = PaymentAttempt.objects.order_by("id").first()
    multiply("payments_payment", done.payment_id, "'order_claim', NULL")
    multiply("payments_paymentattempt", done.pk, "'payment_id', n, 'gateway_payment_id', 'pi_' || n")
    with transaction.atomic():
        assert settle_batch(news[-1:], now=clock.now())
        rows_read = _rows_read()

    assert {table: rows for table, rows in rows_read.items() if rows > 30} == {}
    assert rows_read["payments_paymentattempt"]


@pytest.mark.row("G14")
def test_so_does_a_session_that_takes_payments(merchant: Merchant) -> None:
    """G14: though the tables were small and PostgreSQL knew it: a session plans anew before it did twice as much."""
    connection.close()
    for _ in range(40):
        _take(merchant)
    run("ANALYZE payments_payment, payments_paymentattempt, wallets_wallet, tenants_idempotencyrecord")
    for _ in range(20):
        _take(merchant)
    done = PaymentAttempt.objects.order_by("id").first()
    multiply("payments_payment", done.payment_id, "'order_claim', NULL")
    multiply("payments_paymentattempt", done.pk, "'payment_id', n, 'gateway_payment_id', 'pi_' || n")
    multiply("wallets_wallet", done.payment.wallet_id, "'owner_id', 'org-' || n")
    multiply("tenants_idempotencyrecord", IdempotencyRecord.objects.order_by("id").first().pk, "'key', 'k' || n")
    for _ in range(60):
        _take(merchant)
    with transaction.atomic():
        before = _rows_read()
        _take(merchant)
        rows_read = {table: rows - before.get(table, 0) for table, rows in _rows_read().items()}

    assert {table: rows for table, rows in rows_read.items() if rows > 30} == {}
    assert rows_read["payments_paymentattempt"] and rows_read["wallets_wallet"]


def _take(merchant: Merchant) -> None:
    draft = make_draft(merchant)
    inserted = charge.record(draft, principal=merchant.principal, key=new_key(merchant=merchant))
    attempt = PaymentAttempt.objects.select_related("payment").get(pk=inserted.attempt_id)
    report = report_on(attempt, Outcome.REQUIRES_ACTION)
    row = charge_rows.answered(
        draft, inserted, report=report, after=Status.REQUIRES_ACTION, answer=(201, b"{}"), now=clock.now()
    )
    assert charge_sql.note_answer(row)


def _charged(attempt: PaymentAttempt, *, event_id: int) -> Charged:
    return Charged(
        event_id=event_id,
        gateway_account_id=attempt.gateway_account_id,
        gateway_payment_id=attempt.gateway_payment_id,
        reference=attempt.public_id,
        amount=attempt.payment.amount,
        occurred_at=clock.now(),
        gateway_status="succeeded",
    )


def _rows_read() -> dict[str, int]:
    """Of each table, by the open transaction and by those before it whose numbers were not handed on yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


def _plans(asked: CaptureQueriesContext) -> str:
    plans = []
    for query in asked.captured_queries:
        sql = query["sql"].strip()
        if sql.startswith(("SELECT", "WITH")) and "FROM" in sql:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}")
                plans += [line for (line,) in cursor.fetchall()]
    return "\n".join(plans)
