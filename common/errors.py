"""What may go wrong in the domain, in four kinds; `common.api.problems` maps a kind to an HTTP status."""

from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    INVALID = "invalid"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REFUSED = "refused"


class DomainError(Exception):
    """Raised for what a caller may see: a stable code, a sentence, and details that name fields, never secrets."""

    kind: ClassVar[Kind] = Kind.REFUSED
    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str, *, details: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.details = list(details)


class Invalid(DomainError):
    kind = Kind.INVALID
    code = "VALIDATION_ERROR"


class NotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "NOT_FOUND"


class Conflict(DomainError):
    kind = Kind.CONFLICT
    code = "CONFLICT"


class Refused(DomainError):
    kind = Kind.REFUSED
    code = "REFUSED"
