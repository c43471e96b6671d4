"""What the caller who creates a payment is told: one HTTP status and one body for each way it can have ended."""

import orjson

from common.api.problems import HttpRefusal, problem_body, status_of
from common.errors import Refused
from payments.services.charge import Made
from payments.states import AttemptState, Status


class PaymentDeclined(Refused):
    code = "PAYMENT_DECLINED"


class GatewayUnavailable(HttpRefusal):
    code = "GATEWAY_UNAVAILABLE"


def render_created(made: Made) -> tuple[int, bytes]:
    """201 with what to do next, 202 while nobody knows, 402 when it was declined, 503 when nothing was sent."""
    status = made.data["status"]
    if status == Status.FAILED:
        return _failed(made)
    if made.attempt_state in (AttemptState.UNKNOWN, AttemptState.SENDING):
        return 202, _success(made, "The gateway has not answered; it is being asked. Poll the status.")
    return 201, _success(made, _MESSAGES.get(status, "Payment initiated."))


_MESSAGES = {
    Status.COMPLETED: "Payment completed.",
    Status.REQUIRES_ACTION: "Payment initiated: the payer has to act.",
    Status.AUTHORIZED: "Payment authorized.",
}


def _success(made: Made, message: str) -> bytes:
    return orjson.dumps({"success": True, "message": message, "data": made.data})


def _failed(made: Made) -> tuple[int, bytes]:
    failure = made.data.get("failure") or {"code": "declined", "message": ""}
    if made.attempt_state is AttemptState.NOT_SENT:
        error: Refused = GatewayUnavailable(
            "The gateway could not be reached and nothing was sent. Repeat the request with the same Idempotency-Key."
        )
    else:
        error = PaymentDeclined(
            failure["message"] or "The payment was declined.",
            details=[{"gateway": made.data["gateway"], "code": failure["code"]}],
        )
    return status_of(error), problem_body(error, data=made.data)
