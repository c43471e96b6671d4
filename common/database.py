"""What went wrong between us and PostgreSQL, and doing the same again where that is safe.

A COMMIT whose answer was lost may have happened. What is done again must therefore lead to the same when it had: each
caller says by which unique key. A call to a gateway never belongs in here.
"""

import logging
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    InterfaceError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from common import clock

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Failure = (DatabaseError, InterfaceError)

_TRIES_MAX = 4
# With the lock timeout of the settings: once more after it, and not a third time.
_SECONDS_MAX = 15.0
_FIRST_PAUSE_SECONDS = 0.02
# Two transactions met: serialisation failure, deadlock, lock timeout. Nothing of ours was written.
_MET = frozenset({"40001", "40P01", "55P03"})
# The server was demoted, or ended the session that slept in a transaction: another connection will do better.
_STALE = frozenset({"25006", "25P03"})
# The statement timeout: the same would take as long again.
_TOO_SLOW = "57014"
_jitter = random.SystemRandom()


def is_away(error: BaseException) -> bool:
    """Whether the database cannot serve at this moment, through no fault of what was asked."""
    return isinstance(error, (OperationalError, InterfaceError)) or _sqlstate(error) in _STALE


def is_too_slow(error: BaseException) -> bool:
    return _sqlstate(error) == _TOO_SLOW


def drop_stale_connection(error: BaseException) -> None:
    """Have the next query connect anew where this connection failed; Django keeps one that answers and cannot write."""
    if is_away(error) and _sqlstate(error) not in _MET and not connection.in_atomic_block:
        connection.close()


def drop_failed_connection() -> None:
    """Before each request: after an error in the last one, keep its connection only if it still answers."""
    here = connections[DEFAULT_DB_ALIAS]
    if here.errors_occurred:
        here.close_if_unusable_or_obsolete()


def in_transaction(work: Callable[[], Result]) -> Result:
    """Do `work` in a transaction of its own; all of it again, a few times, where others or a failure came between."""

    def whole() -> Result:
        with transaction.atomic(durable=True):
            return work()

    return patiently(whole)


def patiently(work: Callable[[], Result]) -> Result:
    """Do `work`, and again after a short pause of random length where the database may do better then."""
    started = clock.monotonic()
    tries = 1
    while True:
        try:
            return work()
        except Failure as error:
            drop_stale_connection(error)
            is_late = clock.monotonic() - started > _SECONDS_MAX
            if tries == _TRIES_MAX or is_late or is_too_slow(error) or not is_away(error):
                raise
            logger.warning(
                "the database could not, trying again",
                extra={"sqlstate": _sqlstate(error) or "none", "reason": type(error).__name__, "tries": tries},
            )
        clock.pause(_FIRST_PAUSE_SECONDS * 2**tries * _jitter.uniform(0.5, 1.5))
        tries += 1


# A session plans a statement once and would go on reading a table whole that was small then. So it plans anew after
# this many statements, after twice as many, and so on: by then a young table has grown as much, an old one hardly.
_FIRST_REPLANNING = 64
# The cursor that a thread keeps, beside the connection that it belongs to, and how much it has executed.
_kept = threading.local()


def execute(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Any:
    """Execute a statement of the hot path and return its cursor, good until the thread's next call.

    The same as a cursor of Django's, without making, wrapping and closing one each time: the thread's is kept. Where
    somebody listens to Django's cursors (a test, DEBUG) they are used.
    """
    here = connections[DEFAULT_DB_ALIAS]
    if here.connection is None or here.execute_wrappers or here.queries_logged:
        listened_to = here.cursor()
        listened_to.execute(statement, parameters)
        return listened_to
    here.validate_no_broken_transaction()
    with here.wrap_database_errors:
        if getattr(_kept, "owner", None) is not here.connection:
            _kept.owner, _kept.cursor, _kept.executed = here.connection, here.connection.cursor(), 0
        _kept.executed += 1
        if _kept.executed >= _FIRST_REPLANNING and _kept.executed.bit_count() == 1:
            _kept.cursor.execute("DISCARD PLANS")
        return _kept.cursor.execute(statement, parameters)


def _sqlstate(error: BaseException) -> str:
    """The code of PostgreSQL; empty where the connection itself failed."""
    return getattr(error.__cause__, "sqlstate", None) or ""
