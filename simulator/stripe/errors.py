"""Stripe's refusals: HTTP status, type, code and the words, in the form of its error object."""

from simulator.wire import Json

INVALID = "invalid_request_error"


class StripeError(Exception):
    """A refusal. `began` tells whether execution had begun: only then the answer is kept under the idempotency key."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = INVALID,
        code: str = "",
        param: str = "",
        began: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.began = began
        self.error: Json = {"message": message, "type": kind}
        if code:
            self.error["code"] = code
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        if param:
            self.error["param"] = param


class ParameterRefused(StripeError):
    """The parameters do not fit; nothing began."""

    def __init__(self, message: str, *, code: str = "", param: str = "") -> None:
        super().__init__(message, code=code, param=param, began=False)


def missing_resource(kind: str, key: str, *, param: str = "id") -> StripeError:
    return StripeError(f"No such {kind}: '{key}'", status=404, code="resource_missing", param=param)


def no_key() -> StripeError:
    return StripeError(
        "You did not provide an API key. You need to provide your API key in the Authorization header, "
        "using Bearer auth.",
        status=401,
        began=False,
    )


def wrong_key(key: str) -> StripeError:
    hidden = key[:8] + "*" * 8 + key[-4:] if len(key) > 16 else "*" * len(key)
    return StripeError(f"Invalid API Key provided: {hidden}", status=401, began=False)


def key_reused(key: str) -> StripeError:
    return StripeError(
        "Keys for idempotent requests can only be used with the same parameters they were first used with. "
        f"Try using a key other than '{key}' if you meant to execute a different request.",
        kind="idempotency_error",
        began=False,
    )


def key_in_use(key: str) -> StripeError:
    return StripeError(
        "There is currently another in-progress request using this Stripe idempotency key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later.",
        status=409,
        code="idempotency_key_in_use",
        began=False,
    )


def broken() -> StripeError:
    return StripeError("An unknown error occurred.", status=500, kind="api_error")


def refusal(status: int) -> StripeError:
    if status == 429:
        return StripeError("Request rate limit exceeded.", status=429, code="rate_limit", began=False)
    return StripeError("Stripe is temporarily unavailable.", status=status, kind="api_error", began=False)
