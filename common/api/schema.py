"""Building blocks of the OpenAPI description: requests from their types, the envelope, the problem."""

from typing import Any

import msgspec
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

Schema = dict[str, Any]

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="1 to 255 visible ASCII characters, new for each payment; the same again replays the answer.",
)


class PathSchema(AutoSchema):
    """Names operations by verb and whole path: addresses that differ only in where the id stands stay apart."""

    def get_operation_id(self) -> str:
        words = self.path.removeprefix("/api/").replace("{", "by_").replace("}", "")
        return f"{self.method.lower()}_{words.strip('/').replace('/', '_')}"


def request_schema(struct: type[msgspec.Struct]) -> Schema:
    """The JSON schema of a request type, without references, so that it stands on its own in the document."""
    (root,), components = msgspec.json.schema_components([struct], ref_template="#{name}")
    return {"application/json": _inlined(root, components)}


def _inlined(part: Any, components: dict[str, Any]) -> Any:
    match part:
        case {"$ref": str(name)}:
            return _inlined(components[name.removeprefix("#")], components)
        case dict():
            return {key: _inlined(value, components) for key, value in part.items()}
        case list():
            return [_inlined(value, components) for value in part]
        case _:
            return part


def envelope(data: Schema, *, is_list: bool = False) -> Schema:
    properties: Schema = {
        "success": {"type": "boolean", "enum": [True]},
        "message": {"type": "string"},
        "data": {"type": "array", "items": data} if is_list else data,
    }
    if is_list:
        properties["pagination"] = {
            "type": "object",
            "properties": {
                "limit": {"type": "integer"},
                "hasMore": {"type": "boolean"},
                "nextCursor": {"type": ["string", "null"]},
            },
        }
    return {"type": "object", "required": ["success", "message", "data"], "properties": properties}


PROBLEM: Schema = {
    "type": "object",
    "description": "Error form and RFC 9457 problem in one.",
    "required": ["success", "error", "message", "type", "title", "status", "detail", "instance"],
    "properties": {
        "success": {"type": "boolean", "enum": [False]},
        "error": {"type": "string", "description": "Stable code, see docs/errors.md."},
        "message": {"type": "string"},
        "details": {"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}},
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
    },
}


def problems(*statuses: int) -> dict[tuple[int, str], Schema]:
    return {(status, "application/problem+json"): PROBLEM for status in statuses}


def group_aliases(result: Schema, **_generator: object) -> Schema:
    """Show the addresses that callers were promised in a group of their own, after the canonical ones."""
    for path, operations in result["paths"].items():
        if not path.startswith("/api/v1/"):
            for operation in operations.values():
                operation["tags"] = ["The same at the addresses of earlier documents"]
    result["paths"] = dict(
        sorted(result["paths"].items(), key=lambda item: (not item[0].startswith("/api/v1/"), item[0]))
    )
    return result
