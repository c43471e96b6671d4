"""PayPal's refusals in the form of its error object: status, name, and the issue that says what is meant."""

from simulator.wire import Json

_NAMES = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    409: ("RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
}
_MOCKED = {"INTERNAL_SERVER_ERROR": 500, "INTERNAL_ERROR": 500, "PERMISSION_DENIED": 403, "RATE_LIMIT_REACHED": 429}


class PayPalError(Exception):
    """`is_kept`: the same key gets the same refusal again, as a new try needs a new key."""

    def __init__(
        self,
        status: int,
        issue: str = "",
        *,
        text: str = "",
        field: str = "",
        name: str = "",
        links: list[Json] | None = None,
        is_kept: bool = False,
    ) -> None:
        super().__init__(issue or name)
        self.status = status
        self.is_kept = is_kept
        self.details: Json = {"issue": issue, "description": text or issue.replace("_", " ").capitalize() + "."}
        if field:
            self.details |= {"field": field, "location": "body"}
        default, message = _NAMES[status]
        self.body: Json = {"name": name or default, "message": text if name else message, "links": links or []}
        if issue:
            self.body["details"] = [self.details]

    def shape(self, debug_id: str) -> Json:
        return {**self.body, "debug_id": debug_id}


def missing(field: str) -> PayPalError:
    return PayPalError(400, "MISSING_REQUIRED_PARAMETER", text="A required field / parameter is missing.", field=field)


def invalid(field: str, *, text: str = "The value of a field is invalid.") -> PayPalError:
    return PayPalError(400, "INVALID_PARAMETER_VALUE", text=text, field=field)


def not_here() -> PayPalError:
    return PayPalError(404, "INVALID_RESOURCE_ID", text="Specified resource ID does not exist.")


def mocked(code: str) -> PayPalError:
    """What negative testing asked for by the header PayPal-Mock-Response."""
    return PayPalError(_MOCKED.get(code, 422), code)
