"""Books of a million entries: proved in seconds, and the first page of payments as quick as with few."""

import itertools

from bench import books, databases, figures, load, requests
from bench.figures import Figure
from bench.stand import Stand, Web, web

_ENTRIES = 1_000_000
_FEW_ENTRIES = 30_000
_PAGES = 300


def million_entries(stand: Stand) -> list[Figure]:
    side = stand.service
    books.fill(side, entries=_FEW_ENTRIES)
    databases.settle_down(side.database)
    with web(stand, side) as server:
        few = _first_page_ms(server)
        books.fill(side, entries=stand.size(_ENTRIES))
        databases.settle_down(side.database)
        many = _first_page_ms(server)
    proof = books.verify(side)
    return [
        figures.below(
            "verify_books",
            proof.seconds,
            bar=10,
            unit="s",
            detail=f"{proof.entries} entries",
        ),
        figures.at_most("verify_books: differences", proof.differences, bar=0, unit="differences"),
        figures.at_most(
            "first page of payments, many rows / few",
            many / few,
            bar=3,
            unit="times",
            detail=f"p50 {few:.1f} ms with {_FEW_ENTRIES // 3} payments, {many:.1f} ms with {proof.entries // 3}",
        ),
    ]


def _first_page_ms(server: Web) -> float:
    speak = requests.of(server.side)
    pages = itertools.repeat(speak.first_page(), _PAGES)
    done = load.run(port=server.port, make_script=lambda _number: requests.shared(pages), connections=1)
    done.require(200)
    return done.percentile(0.5)
