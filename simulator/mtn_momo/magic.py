"""The sandbox's published test numbers: what each does to a request, a transfer, a refund or a question about a number.

A code in capitals that begins with `!` is refused at once; `PENDING` stays so; anything else is the reason of FAILED.
"""

PREFIX = "46733123"
SUCCESS = ""
ONGOING = "PENDING"

_CONFIGURATION = {
    "not allowed": "!NOT_ALLOWED",
    "target": "!NOT_ALLOWED_TARGET_ENVIRONMENT",
    "callback": "!INVALID_CALLBACK_URL_HOST",
    "currency": "!INVALID_CURRENCY",
    "internal": "!INTERNAL_PROCESSING_ERROR",
    "unavailable": "!SERVICE_UNAVAILABLE",
}
_ENDINGS = {
    "failed": "INTERNAL_PROCESSING_ERROR",
    "rejected": "APPROVAL_REJECTED",
    "expired": "EXPIRED",
    "ongoing": ONGOING,
    "delayed": ONGOING,
    "no payer": "PAYER_NOT_FOUND",
    "no payee": "PAYEE_NOT_FOUND",
    "payee not allowed": "PAYEE_NOT_ALLOWED_TO_RECEIVE",
    "no funds": "NOT_ENOUGH_FUNDS",
    "payer limit": "PAYER_LIMIT_REACHED",
    "not performed": "COULD_NOT_PERFORM_TRANSACTION",
    "type": "TRANSFER_TYPE_UNKNOWN",
    "not found": "!RESOURCE_NOT_FOUND",
}
_WORDS = _CONFIGURATION | _ENDINGS


def _table(first: int, words: str) -> dict[str, str]:
    return {str(first + position): _WORDS[word.strip()] for position, word in enumerate(words.split(","))}


REQUESTS_TO_PAY = _table(
    450,
    "failed, rejected, expired, ongoing, delayed, no payer, payee not allowed, not allowed, target, callback, "
    "currency, internal, unavailable, not performed, type",
)
TRANSFERS = _table(
    450,
    "failed, rejected, expired, ongoing, delayed, no funds, payer limit, no payee, not allowed, target, callback, "
    "currency, internal, unavailable, type",
)
# By what is to be refunded, which is no number of a phone.
REFUNDS = _table(
    1,
    "not found, failed, rejected, expired, ongoing, delayed, not allowed, target, callback, currency, internal, "
    "unavailable, not performed",
)
HOLDERS = {
    "450": "!RESOURCE_NOT_FOUND",
    "451": "inactive",
    "452": "!NOT_ALLOWED",
    "453": "!NOT_ALLOWED_TARGET_ENVIRONMENT",
    "454": "!INTERNAL_PROCESSING_ERROR",
    "455": "!SERVICE_UNAVAILABLE",
}


def of_number(number: str, table: dict[str, str]) -> str | None:
    """What the table says of a number; None where it is not one of the test numbers."""
    return table.get(number.removeprefix(PREFIX)) if number.startswith(PREFIX) else None
