"""What one request costs in CPU, web server and database together, on both sides under the same load."""

import itertools
from collections.abc import Callable, Iterator

from bench import figures, load, requests, waiting
from bench.figures import Figure
from bench.stand import Side, Stand, Web, running, web
from devstack import ports, programs

_CONNECTIONS = 8
_SERVICE_REQUESTS = 1_500
_NAIVE_REQUESTS = 300
_STRIPE_REQUESTS = 200
_STRIPE_ROUNDS = 2
_KNOWN_PAYMENTS = 1_000

Supply = Callable[[Side, int], Iterator[bytes]]


def requests_alone(stand: Stand) -> list[Figure]:
    """POST, GET and webhook intake, each with a gateway that costs nothing."""
    with web(stand, stand.service) as ours, web(stand, stand.naive) as theirs:
        known = {side.name: _known_payments(side) for side in (stand.service, stand.naive)}
        return [
            *_compare(stand, ours, theirs, name="POST /payments", bar=4, supply=_creations, statuses=(201,)),
            *_compare(
                stand, ours, theirs, name="GET /payments/{id}", bar=3,
                supply=lambda side, count: _gets(side, count, shown=known[side.name]), statuses=(200,),
            ),
            *_compare(
                stand, ours, theirs, name="webhook intake", bar=2.5, supply=requests.unrelated_news, statuses=(200,),
            ),
        ]  # fmt: skip


def with_stripe(stand: Stand) -> list[Figure]:
    """POST with the Stripe adapter and Stripe's package, against the simulator: told, held to no bar."""
    port = ports.free_port()
    folder = stand.folder / "simulator"
    folder.mkdir(exist_ok=True)
    simulator = programs.of_simulator(
        stand.service.environment, ports=ports.Ports(web=0, simulator=port), folder=folder
    )
    address = f"http://127.0.0.1:{port}"
    with (
        running([simulator]),
        web(stand, stand.service, SIMULATOR_URL=address) as ours,
        web(stand, stand.naive, SIMULATOR_URL=address) as theirs,
    ):
        service, naive = (
            [_cpu_ms(server, _stripe_creations, count=_STRIPE_REQUESTS) for _ in range(1 + _STRIPE_ROUNDS)]
            for server in (ours, theirs)
        )
    detail = "calls Stripe's simulator over HTTP"
    return [
        figures.told("POST with Stripe, service", figures.median(service[1:]), unit="ms CPU", detail=detail),
        figures.told("POST with Stripe, naive", figures.median(naive[1:]), unit="ms CPU", detail=detail),
    ]


def _compare(
    stand: Stand, ours: Web, theirs: Web, *, name: str, bar: float, supply: Supply, statuses: tuple[int, ...]
) -> list[Figure]:
    service: list[float] = []
    naive: list[float] = []
    for number in range(stand.rounds + 1):
        one = _cpu_ms(ours, supply, count=stand.size(_SERVICE_REQUESTS), statuses=statuses)
        two = _cpu_ms(theirs, supply, count=stand.size(_NAIVE_REQUESTS), statuses=statuses)
        if number:
            service.append(one)
            naive.append(two)
    return [
        figures.at_least(
            f"{name}: CPU naive / service",
            figures.median(figures.ratios(naive, service)),
            bar=bar,
            unit="times",
            detail=f"{figures.spread(naive)} and {figures.spread(service)} ms CPU per request",
        )
    ]


def _cpu_ms(server: Web, supply: Supply, *, count: int, statuses: tuple[int, ...] = (201,)) -> float:
    """Milliseconds of CPU per request, of the web server's processes and the database's."""
    supplied = supply(server.side, count)
    before = server.cpu_seconds()
    done = load.run(port=server.port, make_script=lambda _number: requests.shared(supplied), connections=_CONNECTIONS)
    used = server.cpu_seconds() - before
    done.require(*statuses)
    return used / done.requests * 1000


def _creations(side: Side, count: int) -> Iterator[bytes]:
    speak = requests.of(side)
    return (speak.create() for _ in range(count))


def _stripe_creations(side: Side, count: int) -> Iterator[bytes]:
    speak = requests.through_stripe(side)
    return (speak.create() for _ in range(count))


def _gets(side: Side, count: int, *, shown: list[bytes]) -> Iterator[bytes]:
    speak = requests.of(side)
    return (speak.get(one) for one in itertools.islice(itertools.cycle(shown), count))


def _known_payments(side: Side) -> list[bytes]:
    with side.database.connect() as connection:
        first, last = waiting.add_payments(connection, side.contents, count=_KNOWN_PAYMENTS)
        rows = connection.execute(
            "SELECT public_id FROM payments_payment WHERE id BETWEEN %s AND %s", [first, last]
        ).fetchall()
    return [b"pay_%b" % row[0].hex.encode() if side.name == "service" else str(row[0]).encode() for row in rows]
