"""Settling by batches, against the naive ORM row by row and against what the database can do at most."""

from contextlib import ExitStack

from bench import ceiling, databases, figures, waiting
from bench.figures import Figure
from bench.stand import Settler, Side, Stand

_SERVICE_PAYMENTS = 4_000
_NAIVE_PAYMENTS = 200
_DUPLICATED_PAYMENTS = 2_000
_COPIES = 3
_PROCESSES = 4


def batches(stand: Stand) -> list[Figure]:
    """Payments per second of one process each, in turns."""
    service: list[float] = []
    naive: list[float] = []
    most: list[float] = []
    service_cpu: list[float] = []
    count, naive_count = stand.size(_SERVICE_PAYMENTS), stand.size(_NAIVE_PAYMENTS)
    reason = _prepare_ceiling(stand)
    with Settler(stand.service, "service") as ours, Settler(stand.naive, "naive") as theirs:
        _settle_leftovers(ours)
        for number in range(stand.rounds + 1):
            one = _settle(stand.service, ours, count=count)
            two = _settle(stand.naive, theirs, count=naive_count)
            three = 0.0 if reason else _ceiling(stand, count=count)
            # The first round fills caches and prepares statements.
            if number:
                service.append(count / float(one["seconds"]))
                service_cpu.append(float(one["cpu_seconds"]) / count * 1_000_000)
                naive.append(naive_count / float(two["seconds"]))
                most.append(three)
    with stand.service.database.connect() as connection:
        ceiling.drop_function(connection)
    found = [
        figures.at_least(
            "batch settle / naive ORM settle",
            figures.median(figures.ratios(service, naive)),
            bar=40,
            unit="times",
            detail=f"{figures.spread(service)} and {figures.spread(naive)} payments/s, one process each",
        ),
        figures.told("batch settle, Python CPU per payment", figures.median(service_cpu), unit="µs"),
    ]
    if reason:
        print(f"left out: the pgbench ceiling, {reason}")
        return found
    ceiling_figure = figures.at_least(
        "batch settle / pgbench ceiling",
        figures.median(figures.ratios(service, most)),
        bar=0.5,
        unit="of it",
        detail=f"ceiling {figures.spread(most)} payments/s",
    )
    return [found[0], ceiling_figure, found[1]]


def duplicates(stand: Stand) -> list[Figure]:
    """Three copies of every success, in any order, under four processes: each payment is booked once."""
    side = stand.service
    with ExitStack() as stack:
        settlers = [stack.enter_context(Settler(side, "service")) for _ in range(_PROCESSES)]
        _settle_leftovers(settlers[0])
        with side.database.connect() as connection:
            first, last = waiting.add(connection, side.contents, count=stand.size(_DUPLICATED_PAYMENTS), copies=_COPIES)
        for settler in settlers:
            settler.ask()
        answers = [settler.result() for settler in settlers]
    for answer in answers:
        if "error" in answer:
            print(f"a settler failed: {answer['error']}")
    not_applied, wrong = _wrongly_booked(side, first=first, last=last)
    failed = sum("error" in answer for answer in answers) + not_applied
    detail = f"{(last - first + 1) * _COPIES} webhooks of {last - first + 1} payments, {_PROCESSES} processes"
    return [
        figures.at_most("duplicates: errors", failed, bar=0, unit="webhooks", detail=detail),
        figures.at_most("duplicates: wrongly booked", wrong, bar=0, unit="payments", detail=detail),
    ]


def _settle(side: Side, settler: Settler, *, count: int) -> dict[str, float | str]:
    with side.database.connect() as connection:
        waiting.add(connection, side.contents, count=count)
    databases.settle_down(side.database)
    settler.ask()
    answer = settler.result()
    if "error" in answer or answer["events"] != count:
        raise RuntimeError(f"{side.name} did not settle what waited: {answer}")
    return answer


def _settle_leftovers(settler: Settler) -> None:
    """What other measurements left in the inbox is not counted."""
    settler.ask()
    settler.result()


def _prepare_ceiling(stand: Stand) -> str:
    """Make the function; or say why there is no ceiling."""
    try:
        ceiling.program()
    except ceiling.NoPgbench as error:
        return str(error)
    with stand.service.database.connect() as connection:
        ceiling.make_function(connection)
    return ""


def _ceiling(stand: Stand, *, count: int) -> float:
    with stand.service.database.connect() as connection:
        waiting.add(connection, stand.service.contents, count=count)
    databases.settle_down(stand.service.database)
    return ceiling.payments_per_second(stand.service.database, batches=count // ceiling.BATCH)


def _wrongly_booked(side: Side, *, first: int, last: int) -> tuple[int, int]:
    """Webhooks that were not applied, and payments that are not exactly once completed, booked and told of."""
    with side.database.connect() as connection:
        not_applied = connection.execute(
            "SELECT count(*) FROM gateways_inboundevent WHERE state IN ('received', 'parked', 'dead')"
        )
        wrong = connection.execute(
            """
            SELECT count(*) FROM payments_payment p
            WHERE id BETWEEN %(first)s AND %(last)s AND (
                status <> 'completed' OR version <> 3
                OR 1 <> (SELECT count(*) FROM wallets_ledgertransaction t
                         WHERE t.subject_type = 'payment' AND t.subject_id = p.id)
                OR 3 <> (SELECT count(*) FROM wallets_ledgerentry e JOIN wallets_ledgertransaction t
                         ON t.id = e.transaction_id WHERE t.subject_type = 'payment' AND t.subject_id = p.id)
                OR 1 <> (SELECT count(*) FROM events_outboxevent o WHERE o.subject_type = 'payment'
                         AND o.subject_id = p.id AND o.type = 'payment.completed'))
            """,
            {"first": first, "last": last},
        )
        return _number(not_applied), _number(wrong)


def _number(cursor: "object") -> int:
    row = cursor.fetchone()  # type: ignore[attr-defined]
    return int(row[0])
