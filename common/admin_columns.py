"""What an app says about a list or record of the console: columns, tabs, totals. How they look is the console's.

Stands apart from `common.admin` because Unfold loads every template library while it is being imported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as Promise
else:
    from django.utils.functional import Promise

Words = str | Promise
# Totals stand under a list only while it is short enough to be summed at once.
TOTALS_MAX = 1_000


class Cell(StrEnum):
    """How a value is shown; `console.templatetags.console_format` draws each kind."""

    TEXT = "text"
    CODE = "code"
    ID = "id"
    AMOUNT = "amount"
    NUMBER = "number"
    WHEN = "when"
    STATUS = "status"
    LINK = "link"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list or one line of a record. `value` reads an already loaded row and asks nothing more."""

    header: Words
    value: Callable[[Any], object]
    kind: Cell = Cell.TEXT
    noun: str = ""  # which table of statuses, for Cell.STATUS
    on_phone: bool = False


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view: an address of the same list."""

    title: Words
    query: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """What the rows of a list come to, in words, or why that is not said."""

    rows: int
    amounts: Sequence[tuple[Words, object]] = field(default_factory=tuple)
    too_many: bool = False
