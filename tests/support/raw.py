"""Plain SQL against the books, as somebody would write it who goes past the code."""

from typing import Any

from django.db import connection

HEADER = """
INSERT INTO wallets_ledgertransaction (public_id, tenant_id, subject_type, subject_id, effect, entry_count, occurred_at,
                                       recorded_at)
VALUES (gen_random_uuid(), %s, 'forged', %s, 'forged', %s, now(), now()) RETURNING id
"""
ENTRIES = """
INSERT INTO wallets_ledgerentry (transaction_id, account_id, amount_minor, currency)
SELECT %s, account_id, amount_minor, currency FROM unnest(%s::bigint[], %s::bigint[], %s::text[])
    AS e(account_id, amount_minor, currency)
"""


def run(statement: str, parameters: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def add_header(*, tenant_id: int, entry_count: int, subject_id: int = 1) -> int:
    with connection.cursor() as cursor:
        cursor.execute(HEADER, [tenant_id, subject_id, entry_count])
        return int(cursor.fetchone()[0])


def add_entries(transaction_id: int, *lines: tuple[int, int, str]) -> None:
    """Lines of (account id, signed minor units, currency), all in one statement."""
    accounts, amounts, currencies = zip(*lines, strict=True)
    run(ENTRIES, [transaction_id, list(accounts), list(amounts), list(currencies)])


def check_deferred() -> None:
    """What the commit would check."""
    run("SET CONSTRAINTS ALL IMMEDIATE")
