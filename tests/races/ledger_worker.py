"""A process that books what it is told to, with several threads at once: `python -m tests.races.ledger_worker`.

Reads one line of JSON: the tenant, and per thread the bookings it makes one after the other. Says that it is ready,
waits for a second line, and answers with what became of each: "posted", or the name of the error.
"""

import json
import sys
from datetime import UTC, datetime
from functools import partial
from typing import Any

import django


def main() -> None:
    django.setup()
    from tests.support.threads import together

    told = json.loads(sys.stdin.readline())
    print("ready", flush=True)
    sys.stdin.readline()
    results = together([partial(_book_all, told["tenant"], jobs) for jobs in told["threads"]])
    print(json.dumps([result if isinstance(result, list) else repr(result) for result in results]), flush=True)


def _book_all(tenant_id: int, jobs: list[dict[str, Any]]) -> list[str]:
    return [_book(tenant_id, job) for job in jobs]


def _book(tenant_id: int, job: dict[str, Any]) -> str:
    from django.db import DatabaseError, transaction

    from common.errors import DomainError
    from common.money import Money
    from wallets import ledger
    from wallets.chart import AccountKind, AccountRef

    now = datetime.now(UTC)
    postings = tuple(
        ledger.Posting(
            debit=AccountRef(AccountKind(debit), debit_of, "EUR"),
            credit=AccountRef(AccountKind(credit), credit_of, "EUR"),
            amount=Money(minor, "EUR"),
        )
        for debit, debit_of, credit, credit_of, minor in job["postings"]
    )
    booking = ledger.Booking(tenant_id, job["subject"], job["id"], job["effect"], postings, now)
    try:
        with transaction.atomic(durable=True):
            ledger.post(booking, recorded_at=now)
    except (DomainError, DatabaseError) as error:
        return type(error).__name__
    return "posted"


if __name__ == "__main__":
    main()
