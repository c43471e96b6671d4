"""What of a gateway's traffic may be shown: by list of what is harmless, so that a new field is hidden until listed."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

HIDDEN = "[redacted]"

_SAFE_HEADERS = frozenset(
    {
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "idempotent-replayed",
        "request-id",
        "retry-after",
        "server",
        "stripe-rate-limited-reason",
        "stripe-should-retry",
        "stripe-version",
    }
)
_STATE_KEYS = frozenset({"id", "object", "type", "code", "decline_code", "status", "cancellation_reason", "reference"})
_AMOUNT_KEYS = frozenset({"amount", "amount_received", "amount_capturable", "currency"})
_PLAIN_KEYS = frozenset({"livemode", "created", "canceled_at", "capture_method", "confirm", "has_more", "limit"})
# Ids, types and states in the webhooks of gateways that name them otherwise, and in the query of their address.
_EVENT_KEYS = frozenset({"event", "event_type", "resource_type", "treatment_status", "about", "of"})
_ID_KEYS = frozenset(
    {"cpm_trans_id", "client_transaction_id", "merchant_transaction_id", "externalId", "txnid", "order"}
)
_FORM_KEYS = frozenset({"cpm_trans_date", "cpm_amount", "cpm_currency", "currency_code"})
_SAFE_KEYS = _STATE_KEYS | _AMOUNT_KEYS | _PLAIN_KEYS | _EVENT_KEYS | _ID_KEYS | _FORM_KEYS
_DEPTH_MAX = 8
_TEXT_MAX = 200


def safe_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """All header names, and the values that are on the list."""
    return {name: value if name.lower() in _SAFE_HEADERS else HIDDEN for name, value in headers.items()}


def safe_url(url: str) -> str:
    """Scheme, host and path: never who signed in, nor the query."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def safe_body(body: bytes | str) -> str:
    """A JSON or form body with every value hidden that is not on the list; anything else by its size alone."""
    body = body.encode() if isinstance(body, str) else body
    try:
        return msgspec.json.encode(_safe_value("", msgspec.json.decode(body), depth=0)).decode()
    except (msgspec.DecodeError, RecursionError):
        return _safe_form(body)


def safe_query(query: str) -> str:
    """The query of an address, as a form is shown."""
    return _safe_form(query.encode()) if query else ""


def _safe_form(body: bytes) -> str:
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except (UnicodeDecodeError, ValueError):
        return f"[{len(body)} bytes]"
    return urlencode([(name, _safe_text(_last_key(name), value)) for name, value in fields], safe="[]")


def _safe_value(key: str, value: object, *, depth: int) -> object:
    if depth > _DEPTH_MAX:
        return HIDDEN
    if isinstance(value, dict):
        return {str(name): _safe_value(str(name), inner, depth=depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_safe_value(key, inner, depth=depth + 1) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    return _safe_text(key, value) if isinstance(value, str) else (value if key in _SAFE_KEYS else HIDDEN)


def _safe_text(key: str, value: str) -> str:
    return value[:_TEXT_MAX] if key in _SAFE_KEYS or not value else HIDDEN


def _last_key(name: str) -> str:
    """`metadata[reference]` is about `reference`."""
    return name.rstrip("]").rpartition("[")[2]
