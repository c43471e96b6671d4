"""What a request body may be: one flat-ish JSON object of bounded size whose every text and number is fit to be stored.

Anything else is refused here, before a view sees it: never guessed at, never repaired, except that text is put into
Unicode form NFC once.
"""

import json
import re
import unicodedata
from typing import Never

from django.http import HttpRequest, UnreadablePostError

from common.api.cards import may_hold_card_data, refuse_card_numbers
from common.api.fields import path_of
from common.api.problems import BodyTooLarge
from common.errors import Invalid

BODY_BYTES_MAX = 64 * 1024
DEPTH_MAX = 8
ITEMS_MAX = 100
# The largest amount, see common.money; nothing else that comes in is larger.
INTEGER_MAX = 10**15 - 1

_INTEGER_DIGITS_MAX = 16
# Control characters, line and paragraph separators, direction overrides and isolates, characters that nobody sees, and
# halves of surrogate pairs.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\ud800-\udfff]")
# Joiners have their place in Persian text and in emoji, but in a name they only make two of one.
_UNFIT_IN_KEYS = re.compile("[\u200c\u200d\u00ad]")


class InvalidJson(Invalid):
    code = "INVALID_JSON"


class UnsupportedMediaType(Invalid):
    code = "UNSUPPORTED_MEDIA_TYPE"


class LengthRequired(Invalid):
    code = "LENGTH_REQUIRED"


class _Unfit:
    """Stands in the parsed tree for what must be refused, so that the refusal can say where it stood."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class _UnfitError(Exception):
    """Something unfit was found; the way back up collects where."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.steps: list[str | int] = []


_FRACTION = _Unfit("is not a whole number: amounts are integers of minor units")
_TOO_LARGE = _Unfit(f"lies beyond ±{INTEGER_MAX}")
_NOT_A_NUMBER = _Unfit("is not a number that JSON knows")
_DUPLICATE = _Unfit("names a member twice")


def read_object(request: HttpRequest, *, limit: int = BODY_BYTES_MAX, is_optional: bool = False) -> dict[str, object]:
    """The JSON object that a request carries; an empty one when it carries none and may."""
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    # Without a length the body would be seen as empty, and the request answered as if it had asked for nothing.
    if "HTTP_TRANSFER_ENCODING" in meta or not (length.isdecimal() or (is_optional and not length)):
        raise LengthRequired("Send the body with a Content-Length.")
    if int(length or 0) > limit:
        raise _body_too_large(limit)
    if meta.get("HTTP_CONTENT_ENCODING", "identity") != "identity":
        raise UnsupportedMediaType("Send the body as it is, without a Content-Encoding.")
    try:
        body = request.body
    except UnreadablePostError:
        raise InvalidJson("The body did not arrive in full.") from None
    if is_optional and not body:
        return {}
    return parse_object(body, content_type=meta.get("CONTENT_TYPE", ""), limit=limit)


def parse_object(body: bytes, *, content_type: str, limit: int = BODY_BYTES_MAX) -> dict[str, object]:
    """One strict JSON object. Every violation is an Invalid that says where it stands, and never repeats it."""
    if content_type != "application/json":
        _check_media_type(content_type)
    if len(body) > limit:
        raise _body_too_large(limit)
    try:
        parsed = _DECODER.decode(body.decode("utf-8"))
        data = _fit_object(parsed, DEPTH_MAX - 1) if isinstance(parsed, dict) else _refuse_non_object(parsed)
    except _UnfitError as found:
        raise _invalid(found) from None
    except UnicodeDecodeError:
        raise InvalidJson("The body is not UTF-8 text.") from None
    except RecursionError:
        raise InvalidJson(f"The body is nested more than {DEPTH_MAX} levels deep.") from None
    except ValueError:
        raise InvalidJson("The body is not JSON.") from None
    if may_hold_card_data(body):
        refuse_card_numbers(data)
    return data


def _fit(value: object, room: int) -> object:
    """The value, in NFC, when it is fit. Asked of every value of every request: the common case comes first."""
    if isinstance(value, str):
        # Printable ASCII needs no closer look, and nearly all text is that.
        return value if value.isascii() and value.isprintable() else _fit_text(value)
    if isinstance(value, dict):
        return _fit_object(value, room - 1)
    if isinstance(value, list):
        return _fit_list(value, room - 1)
    if isinstance(value, _Unfit):
        raise _UnfitError(value.reason)
    return value


def _fit_object(value: dict[str, object], room: int) -> dict[str, object]:
    _check_size(value, room)
    fit: dict[str, object] = {}
    for key, entry in value.items():
        try:
            fit_key = key if key.isascii() and key.isprintable() else _fit_key(key, value)
            fit[fit_key] = _fit(entry, room)
        except _UnfitError as found:
            found.steps.append(key)
            raise
    return fit


def _fit_list(value: list[object], room: int) -> list[object]:
    _check_size(value, room)
    fit: list[object] = []
    for entry in value:
        try:
            fit.append(_fit(entry, room))
        except _UnfitError as found:
            found.steps.append(len(fit))
            raise
    return fit


def _check_size(value: dict[str, object] | list[object], room: int) -> None:
    if room < 0:
        raise _UnfitError(f"is nested more than {DEPTH_MAX} levels deep")
    if len(value) > ITEMS_MAX:
        raise _UnfitError(f"has more than {ITEMS_MAX} entries")


def _fit_text(text: str) -> str:
    if _UNFIT.search(text):
        raise _UnfitError("has a control, invisible or direction character")
    return unicodedata.normalize("NFC", text)


def _fit_key(key: str, siblings: dict[str, object]) -> str:
    fit = _fit_text(key)
    if _UNFIT_IN_KEYS.search(fit):
        raise _UnfitError("has a control, invisible or direction character")
    if fit != key and fit in siblings:
        raise _UnfitError(_DUPLICATE.reason)
    return fit


def _without_duplicates(pairs: list[tuple[str, object]]) -> object:
    members = dict(pairs)
    return members if len(members) == len(pairs) else _DUPLICATE


def _integer(digits: str) -> object:
    value = int(digits) if len(digits) <= _INTEGER_DIGITS_MAX else INTEGER_MAX + 1
    return value if -INTEGER_MAX <= value <= INTEGER_MAX else _TOO_LARGE


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates,
    parse_float=lambda _text: _FRACTION,
    parse_int=_integer,
    parse_constant=lambda _text: _NOT_A_NUMBER,
)


def _check_media_type(content_type: str) -> None:
    media_type, _, parameters = content_type.lower().partition(";")
    if media_type.strip() != "application/json" or parameters.strip().replace('"', "") not in ("", "charset=utf-8"):
        raise UnsupportedMediaType("Send the body as application/json in UTF-8.")


def _refuse_non_object(value: object) -> Never:
    raise _UnfitError(value.reason if isinstance(value, _Unfit) else "is not an object")


def _invalid(found: _UnfitError) -> Invalid:
    field = path_of(tuple(reversed(found.steps)))
    subject = "The body" if field == "$" else field.removeprefix("$.")
    return Invalid(f"{subject} {found.reason}.", details=[{"field": field, "message": found.reason}])


def _body_too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body is larger than {limit} bytes.")
