"""MTN's refusals: the interface's own form, and the form of the front that stands before it."""

import orjson

from simulator.wire import Json, Response

_STATUS_OF = {"RESOURCE_NOT_FOUND": 404, "RESOURCE_ALREADY_EXIST": 409, "SERVICE_UNAVAILABLE": 503}
_HTML = b"<!doctype html><title>Forbidden</title><h1>Forbidden</h1>"


class MomoError(Exception):
    """A refusal with its HTTP status; without a body where MTN gives none."""

    def __init__(self, status: int, body: Json | None = None, *, html: bool = False) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.body = body
        self.html = html

    def response(self) -> Response:
        if self.html:
            return Response(status=self.status, body=_HTML, content_type="text/html; charset=utf-8")
        return Response(status=self.status, body=b"" if self.body is None else orjson.dumps(self.body))


def bad_request() -> MomoError:
    return MomoError(400)


def refused(code: str) -> MomoError:
    """An error in the interface's own form: 404, 409 and 503 where the code says so, else 500, final or not."""
    return MomoError(_STATUS_OF.get(code, 500), {"code": code, "message": code.replace("_", " ").capitalize()})


def at_the_door(status: int, message: str) -> MomoError:
    return MomoError(status, {"statusCode": status, "message": message})


def wrong_agent() -> MomoError:
    return MomoError(403, html=True)
