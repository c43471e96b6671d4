"""Importing what the bank says: kept whole first, then each new entry decided and booked, exactly once and one by one.

A process that dies between two entries loses nothing: the same file again finishes what is left.
"""

import base64
import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from django.db import transaction
from django.db.models import Max, Min

from common.errors import Conflict, DomainError
from common.money import Money
from gateways.contract import GatewayReport, Outcome
from gateways.credentials import seal
from gateways.models import GatewayAccount
from gateways.registry import connect, sealing_context
from gateways.statements import EntryStatus, ReadsStatements, Statement, StatementEntry, StatementRefused
from payments.models.history import Source
from payments.services.outcome import Applied, apply_report
from payments.states import PAID_ATTEMPT_STATES
from reconciliation import postings
from reconciliation.matching import Finding, find
from reconciliation.models import BankStatement, LineReason, LineState, StatementLine
from wallets import ledger
from wallets.ledger import Posting

logger = logging.getLogger(__name__)

# The bank's word is not final in these: a later statement may book the same entry.
_UNBOOKED = (LineState.ANNOUNCED, LineState.IGNORED)


class StatementConflict(Conflict):
    """The file contradicts what an earlier one said of the same entry: nothing of it is kept."""

    code = "STATEMENT_CONFLICT"


@dataclass(frozen=True, slots=True)
class Imported:
    """What is kept of one file, and how many of its entries this import decided."""

    statements: Sequence[BankStatement]
    was_known: bool
    matched: int = 0
    unmatched: int = 0


def import_statement(
    *, account: GatewayAccount, body: bytes, file_name: str, imported_by: str, now: datetime
) -> Imported:
    """Keep a bank's file and book its new entries. Twice is once. Raises StatementRefused, StatementConflict."""
    sha256 = hashlib.sha256(body).hexdigest()
    kept = _kept(account, sha256)
    was_known = bool(kept)
    if not kept:
        gateway = connect(account).gateway
        if not isinstance(gateway, ReadsStatements):
            raise StatementRefused(f"{account.name} is not an account that bank statements are imported for.")
        told = gateway.read_statement(body)
        kept, was_known = _keep(
            account, told, body=body, sha256=sha256, file_name=file_name, imported_by=imported_by, now=now
        )
    decided = decide_waiting(account, now=now)
    return Imported(kept, was_known, decided.count(LineState.MATCHED), decided.count(LineState.UNMATCHED))


def decide_waiting(account: GatewayAccount, *, now: datetime) -> list[LineState | None]:
    """Decide every entry of the account that nobody has, also what an import left that died half-way."""
    waiting = StatementLine.objects.filter(gateway_account=account, state=LineState.RECEIVED).order_by("id")
    decided = []
    for line_id in list(waiting.values_list("pk", flat=True)):
        try:
            decided.append(decide(line_id, now=now))
        except DomainError:
            # One entry that cannot be booked must not hold up the others; it stays received and is tried again.
            logger.exception("statement line cannot be decided", extra={"statement_line": line_id})
    return decided


def decide(line_id: int, *, now: datetime) -> LineState | None:
    """Say what one entry is and book it. None when somebody else has."""
    with transaction.atomic(durable=True):
        line = StatementLine.objects.select_for_update(no_key=True).get(pk=line_id)
        if line.state != LineState.RECEIVED:
            return None
        finding = find(line)
        line.state, line.reason = _tell_the_payment(line, finding, now=now)
        line.attempt, line.decided_at = finding.attempt, now
        line.save(update_fields=["state", "reason", "attempt", "decided_at"])
        _book(line, now=now)
        return LineState(line.state)


def _tell_the_payment(line: StatementLine, finding: Finding, *, now: datetime) -> tuple[LineState, LineReason]:
    """Let the one door hear of it. What that books as owed to us is matched, everything else is not."""
    differs = finding.reason in (LineReason.WRONG_AMOUNT, LineReason.WRONG_CURRENCY)
    if finding.attempt is None or not (finding.is_payment or differs):
        return LineState.UNMATCHED, finding.reason
    report = GatewayReport(
        Outcome.SUCCEEDED,
        gateway_payment_id=finding.attempt.gateway_payment_id,
        reference=finding.attempt.reference,
        amount=line.amount,
        occurred_at=_at_the_bank(line),
        gateway_status=EntryStatus.BOOKED.value,
        raw={"statement": line.statement_id, "line": line.pk, "amount": line.amount_minor, "currency": line.currency},
    )
    # A person brought the file: that is the way by which this news came.
    applied = apply_report(attempt_id=finding.attempt.pk, report=report, source=Source.STAFF, now=now)
    if differs:
        return LineState.UNMATCHED, finding.reason
    if applied is Applied.MOVED:
        return LineState.MATCHED, LineReason.NONE
    if applied is Applied.NOTHING_NEW:
        # Somebody was faster: another entry has paid it since it was read.
        return LineState.UNMATCHED, LineReason.TWICE
    finding.attempt.refresh_from_db(fields=["state"])
    if finding.attempt.state in PAID_ATTEMPT_STATES:
        # Another gateway has paid the payment: the door has put this money into suspense as owed by the bank.
        return LineState.MATCHED, LineReason.TWICE
    return LineState.UNMATCHED, LineReason.CONTRADICTION


def _at_the_bank(line: StatementLine) -> datetime:
    """Banks state a day. Noon is on that day in every zone we keep accounts in."""
    return datetime.combine(line.booking_date, time(12), tzinfo=UTC)


def _book(line: StatementLine, *, now: datetime) -> None:
    effect, pairs = _effect(line)
    ledger.post(
        ledger.Booking(
            tenant_id=line.tenant_id,
            subject_type=postings.STATEMENT_LINE,
            subject_id=line.pk,
            effect=effect,
            postings=pairs,
            occurred_at=_at_the_bank(line),
        ),
        recorded_at=now,
    )


def _effect(line: StatementLine) -> tuple[str, tuple[Posting, ...]]:
    account_id = line.gateway_account_id
    if line.state == LineState.MATCHED:
        return postings.BANKED, postings.banked(line.amount, gateway_account_id=account_id)
    if line.amount.is_positive:
        return postings.SUSPENDED, postings.suspended(line.amount, gateway_account_id=account_id)
    return postings.WITHDRAWN, postings.withdrawn(abs(line.amount), gateway_account_id=account_id)


def _kept(account: GatewayAccount, sha256: str) -> list[BankStatement]:
    return list(BankStatement.objects.filter(gateway_account=account, file_sha256=sha256).order_by("part"))


def _keep(
    account: GatewayAccount,
    told: Sequence[Statement],
    *,
    body: bytes,
    sha256: str,
    file_name: str,
    imported_by: str,
    now: datetime,
) -> tuple[list[BankStatement], bool]:
    """Write the file and its entries down; one import of an account at a time. The flag says it was there already."""
    with transaction.atomic(durable=True):
        GatewayAccount.objects.select_for_update(no_key=True).only("pk").get(pk=account.pk)
        if known := _kept(account, sha256):
            return known, True
        # Sealed: a statement names every payer and where they bank.
        file = seal({"file": base64.b64encode(body).decode()}, context=f"{sealing_context(account)}:{sha256}")
        found = []
        for part, statement in enumerate(told, start=1):
            _refuse_other_format(account, statement)
            row = _row(account, statement, part=part)
            row.file_sha256, row.file, row.file_name = sha256, file, file_name[:200]
            row.imported_by, row.imported_at = imported_by[:120], now
            row.save()
            if row.state == BankStatement.State.IMPORTED:
                row.known_entries = _keep_lines(row, statement.entries, now=now)
                row.save(update_fields=["known_entries"])
            found.append(row)
        return found, False


def _row(account: GatewayAccount, told: Statement, *, part: int) -> BankStatement:
    booked = [entry for entry in told.entries if entry.status is EntryStatus.BOOKED]
    days = sorted(entry.booking_date for entry in booked)
    difference = told.difference
    return BankStatement(
        tenant_id=account.tenant_id,
        gateway_account=account,
        state=BankStatement.State.DIFFERS if difference else BankStatement.State.IMPORTED,
        part=part,
        format=told.format,
        statement_id=told.statement_id[:100],
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        currency=told.currency,
        opening_minor=_minor(told.opening),
        closing_minor=_minor(told.closing),
        difference_minor=_minor(difference),
        credit_minor=sum(entry.amount.minor for entry in booked if entry.amount.is_positive),
        debit_minor=-sum(entry.amount.minor for entry in booked if entry.amount.is_negative),
        entries=len(told.entries),
        known_entries=0,
    )


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else amount.minor


def _refuse_other_format(account: GatewayAccount, told: Statement) -> None:
    """Two formats name the same entry differently: the same days in both would be booked twice."""
    days = [entry.booking_date for entry in told.entries if entry.status is EntryStatus.BOOKED]
    if not days:
        return
    others = BankStatement.objects.filter(gateway_account=account, state=BankStatement.State.IMPORTED)
    others = others.exclude(format=told.format)
    span = others.filter(first_day__lte=max(days), last_day__gte=min(days)).aggregate(
        first=Min("first_day"), last=Max("last_day")
    )
    if span["first"]:
        raise StatementConflict(
            f"{span['first']} to {span['last']} came in another format already. Import each day in one format only."
        )


def _keep_lines(statement: BankStatement, entries: Iterable[StatementEntry], *, now: datetime) -> int:
    """Add what is new, and tell how many entries were known. Raises StatementConflict."""
    entries = list(entries)
    keys = [entry.key for entry in entries]
    known = {
        line.key: line
        for line in StatementLine.objects.filter(gateway_account_id=statement.gateway_account_id, key__in=keys)
    }
    StatementLine.objects.bulk_create(
        [_line(statement, entry, now=now) for entry in entries if entry.key not in known], batch_size=500
    )
    for entry in entries:
        if entry.key in known:
            _compare(known[entry.key], entry, statement=statement, now=now)
    return len(known)


def _compare(line: StatementLine, entry: StatementEntry, *, statement: BankStatement, now: datetime) -> None:
    """What was announced may be booked now, and is this statement's then; what was booked never changes."""
    if line.state in _UNBOOKED and entry.status is EntryStatus.BOOKED:
        fresh = _line(statement, entry, now=now)
        fresh.pk = line.pk
        fresh.save(force_update=True)
        return
    is_same = (line.amount, line.booking_date) == (entry.amount, entry.booking_date)
    if line.state not in _UNBOOKED and entry.status is EntryStatus.BOOKED and not is_same:
        raise StatementConflict(
            f"Entry {entry.key:.60} is {entry.amount} of {entry.booking_date} in this file; "
            f"line {line.pk} says {line.amount} of {line.booking_date}. Ask the bank which is right."
        )


def _line(statement: BankStatement, entry: StatementEntry, *, now: datetime) -> StatementLine:
    state, reason = _first_state(entry)
    return StatementLine(
        tenant_id=statement.tenant_id,
        gateway_account_id=statement.gateway_account_id,
        statement=statement,
        key=entry.key,
        state=state,
        reason=reason,
        decided_at=now if state == LineState.IGNORED else None,
        amount_minor=entry.amount.minor,
        currency=entry.amount.currency,
        booking_date=entry.booking_date,
        value_date=entry.value_date,
        counterparty_name=entry.counterparty_name[:200],
        counterparty_iban=masked(entry.counterparty_iban),
        end_to_end_id=entry.end_to_end_id[:100],
        structured_reference=entry.structured_reference[:200],
        remittance=entry.remittance[:1000],
        bank_reference=entry.bank_reference[:100],
        is_reversal=entry.is_reversal,
        return_reason=entry.return_reason[:40],
        references=list(entry.references),
    )


def _first_state(entry: StatementEntry) -> tuple[LineState, LineReason]:
    if entry.status is EntryStatus.PENDING:
        return LineState.ANNOUNCED, LineReason.NONE
    if entry.status is EntryStatus.INFORMATION or not entry.amount:
        return LineState.IGNORED, LineReason.NOT_MONEY
    return LineState.RECEIVED, LineReason.NONE


def masked(iban: str) -> str:
    """Country and last four: enough to recognise, too little to use."""
    return f"{iban[:2]} … {iban[-4:]}" if len(iban) > 8 else ""
