"""Lists as PostgreSQL writes arrays, for statements that take a whole batch: `unnest(%s::bigint[], %s::text[])`.

psycopg writes each element by a call in Python, which for a batch costs more than all else that we do with it.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID


def of_integers(values: Iterable[int | None]) -> str:
    return _array(map(str, values)).replace("None", "NULL")


def of_flags(values: Iterable[bool]) -> str:
    return _array(["t" if value else "f" for value in values])


def of_bytes(values: Iterable[bytes]) -> str:
    return _array([rf'"\\x{value.hex()}"' for value in values])


def of_uuids(values: Iterable[UUID | None]) -> str:
    return _array(["NULL" if value is None else value.hex for value in values])


def of_moments(values: Iterable[datetime | None]) -> str:
    """Moments with their zone; a time without one would be read in the zone of the session."""
    return _array(["NULL" if value is None else f'"{_moment(value)}"' for value in values])


def of_texts(values: Iterable[str]) -> str:
    """Always in quotes, so that the word NULL, commas and braces are text like any other.

    Raises ValueError for a text with a zero character, which PostgreSQL stores nowhere.
    """
    texts = list(values)
    if not texts:
        return "{}"
    # Escaped all at once: zero characters hold the places of what stands between two texts.
    joined = "\0".join(texts)
    if joined.count("\0") != len(texts) - 1:
        raise ValueError("a text holds a zero character")
    return '{"' + joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","') + '"}'


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return value.isoformat()


def _array(elements: Iterable[str]) -> str:
    return "{" + ",".join(elements) + "}"
