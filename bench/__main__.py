"""`python -m bench`: measure the service against the naive reference, and hold the figures to their bars.

Needs DATABASE_URL (of a role that may create databases, on this machine) and CELERY_BROKER_URL; `make bench` starts
both. Prints a table, writes bench/latest.json, and ends with 1 where a figure falls short.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import (
    figures,
    section_books,
    section_bulkhead,
    section_flow,
    section_http,
    section_intake,
    section_settle,
    stand,
)
from bench.figures import Figure
from bench.stand import Stand

# In this order: what fills the tables most comes last.
SECTIONS: dict[str, Callable[[Stand], list[Figure]]] = {
    "requests": section_http.requests_alone,
    "stripe": section_http.with_stripe,
    "intake": section_intake.at_a_rate,
    "bulkhead": section_bulkhead.one_gateway_breaks,
    "settle": section_settle.batches,
    "flow": section_flow.whole_payments,
    "duplicates": section_settle.duplicates,
    "books": section_books.million_entries,
}


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    for name in ("DATABASE_URL", "CELERY_BROKER_URL"):
        if not os.environ.get(name):
            print(f"{name} is missing: run `make bench`, which brings its own database and broker.", file=sys.stderr)
            return 2
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rounds = 2 if options.quick else options.rounds
        with stand.made(rounds=rounds, is_quick=options.quick, folder=Path(folder)) as made:
            for name in options.only or SECTIONS:
                started = time.monotonic()
                measured = SECTIONS[name](made)
                print(figures.show(measured), f"({name}: {time.monotonic() - started:.0f} s)", sep="\n", flush=True)
                found += measured
            version = _database_version(made)
    short = [figure for figure in found if not figure.holds]
    print(
        "Every figure holds." if not short else f"{len(short)} figures fall short: {', '.join(f.name for f in short)}."
    )
    if not options.only and not options.quick:
        figures.write(found, database_version=version)
    return 1 if short else 0


def _database_version(made: Stand) -> str:
    with made.service.database.connect() as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return str(row[0]).partition(" ")[0] if row else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each comparison (default: %(default)s)")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="one section; may be repeated")
    parser.add_argument("--quick", action="store_true", help="two short rounds: to see that it works, not to measure")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
