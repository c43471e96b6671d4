"""What survives a restart: each gateway's records in one SQLite file, written at most once a second and at the end.

A crash may lose the last second. Without a data directory nothing is written.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from simulator.wire import Json

WRITE_EVERY_SECONDS = 1.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body BLOB, PRIMARY KEY (kind, key));
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER);
"""
_UPSERT = (
    "INSERT INTO records (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
)

logger = logging.getLogger("simulator.store")


class Store:
    """`guard` is the lock under which records change; they are turned into bytes under it."""

    def __init__(self, *, directory: Path | None, guard: threading.Lock) -> None:
        self._guard = guard
        self._changed: dict[tuple[str, str], Any] = {}
        self._connection: sqlite3.Connection | None = None
        self._stop = threading.Event()
        self._writing = threading.Lock()
        if directory is not None:
            self._connection = _open(directory)
            threading.Thread(target=self._run, name="store", daemon=True).start()

    def keep(self, *, kind: str, key: str, record: Any) -> None:
        if self._connection is not None:
            self._changed[kind, key] = record

    def forget(self, *, kind: str, key: str) -> None:
        self.keep(kind=kind, key=key, record=None)

    def records(self) -> Iterator[tuple[str, Json]]:
        """In the order in which they were first kept."""
        if self._connection is None:
            return
        for kind, body in self._connection.execute("SELECT kind, body FROM records ORDER BY rowid"):
            yield kind, orjson.loads(body)

    def fact(self, name: str, *, default: int) -> int:
        if self._connection is None:
            return default
        row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else default

    def note_fact(self, name: str, *, value: int) -> None:
        if self._connection is not None:
            with self._writing, self._connection:
                self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def clear(self) -> None:
        """Forget everything; the caller holds the guard."""
        self._changed.clear()
        if self._connection is not None:
            with self._writing, self._connection:
                self._connection.execute("DELETE FROM records")

    def stop(self) -> None:
        self._stop.set()
        self.write()
        if self._connection is not None:
            with self._writing:
                self._connection.close()
                self._connection = None

    def write(self) -> None:
        with self._writing:
            if self._connection is None:
                return
            with self._guard:
                changed, self._changed = self._changed, {}
                rows = [
                    (kind, key, orjson.dumps(record)) for (kind, key), record in changed.items() if record is not None
                ]
            gone = [place for place, record in changed.items() if record is None]
            with self._connection:
                self._connection.executemany(_UPSERT, rows)
                self._connection.executemany("DELETE FROM records WHERE kind = ? AND key = ?", gone)

    def _run(self) -> None:
        while not self._stop.wait(WRITE_EVERY_SECONDS):
            try:
                self.write()
            except sqlite3.Error:
                logger.exception("the state could not be written")


def _open(directory: Path) -> sqlite3.Connection:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    connection = sqlite3.connect(directory / "simulator.sqlite3", check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(_SCHEMA)
    return connection
