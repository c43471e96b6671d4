"""Every successful answer: `{"success": true, "message", "data"}`, and `pagination` for lists. Never cached."""

from collections.abc import Mapping

import orjson
from django.http import HttpResponse


def success(
    data: object,
    *,
    message: str,
    status: int = 200,
    pagination: Mapping[str, object] | None = None,
) -> HttpResponse:
    """`data` is what JSON knows, and dates and UUIDs; amounts are integers of minor units."""
    body: dict[str, object] = {"success": True, "message": message, "data": data}
    if pagination is not None:
        body["pagination"] = pagination
    response = HttpResponse(orjson.dumps(body), content_type="application/json", status=status)
    response.headers["Cache-Control"] = "no-store"
    return response
