"""Paystack's refusals: HTTP status, words, type and code, in the form of its envelope."""

from simulator.wire import Json


class PaystackError(Exception):
    def __init__(self, message: str, *, status: int = 400, kind: str = "validation_error", code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body: Json = {"status": False, "message": message, "type": kind}
        if code:
            self.body["code"] = code
        self.body["meta"] = {"nextStep": "Read the message and try again"}


def invalid(message: str) -> PaystackError:
    return PaystackError(message, code="invalid_params")


def missing(name: str) -> PaystackError:
    return PaystackError(f"{name} is required", code="missing_params")


def not_found(what: str, *, code: str = "not_found") -> PaystackError:
    return PaystackError(f"{what} not found", status=404, code=code)


def wrong_key() -> PaystackError:
    return PaystackError("Invalid key", status=401, code="invalid_Key")


def broken() -> PaystackError:
    return PaystackError("An error occurred on our side", status=500, kind="api_error", code="unknown")


def refusal(status: int) -> PaystackError:
    if status == 429:
        return PaystackError("Too many requests", status=429, kind="api_error", code="rate_limited")
    return PaystackError("Service temporarily unavailable", status=status, kind="api_error", code="unknown")
