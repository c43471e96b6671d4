"""What names an entry in every statement that lists it, so that overlapping files tell of each booking once."""

import hashlib
from collections import Counter
from dataclasses import replace

from gateways.statements import Statement, StatementEntry

_KEY_MAX = 100


def with_keys(statement: Statement) -> Statement:
    """The same statement with a key on every entry. Identical true payments on one day exist: they are numbered."""
    seen: Counter[str] = Counter()
    entries = []
    for entry in statement.entries:
        key = _key(entry)
        seen[key] += 1
        entries.append(replace(entry, key=key if seen[key] == 1 else f"{key}#{seen[key]}"))
    return replace(statement, entries=tuple(entries))


def _key(entry: StatementEntry) -> str:
    """The bank's own reference and the direction, else a hash of all that the bank says of it."""
    side = "out" if entry.amount.is_negative else "in"
    if entry.bank_reference and len(entry.bank_reference) <= _KEY_MAX:
        return f"{side}:{entry.bank_reference}"
    said = (
        entry.booking_date.isoformat(),
        entry.value_date.isoformat() if entry.value_date else "",
        str(entry.amount),
        entry.end_to_end_id,
        entry.structured_reference,
        entry.remittance,
        entry.counterparty_iban,
        entry.bank_reference,
    )
    return f"{side}:{hashlib.sha256(chr(31).join(said).encode()).hexdigest()}"
