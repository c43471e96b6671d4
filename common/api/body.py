"""From a parsed body to a typed request: unknown members are refused, and each refusal says which member and why."""

import re
from typing import Annotated, Never, TypeVar

import msgspec
from msgspec import Meta

from common.api.fields import member
from common.errors import Invalid
from common.money import MAX_MINOR

METADATA_KEYS_MAX = 40
METADATA_KEY_LENGTH_MAX = 40
METADATA_VALUE_LENGTH_MAX = 500

AmountMinor = Annotated[int, Meta(ge=1, le=MAX_MINOR, description="Minor units of the currency: 2500 EUR is 25.00.")]
CurrencyCode = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217 code.")]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(min_length=1, max_length=METADATA_KEY_LENGTH_MAX)],
        Annotated[str, Meta(max_length=METADATA_VALUE_LENGTH_MAX)],
    ],
    Meta(max_length=METADATA_KEYS_MAX, description="Your own notes: flat, text only."),
]

StructType = TypeVar("StructType", bound=msgspec.Struct)

_PLACE = re.compile(r"(.*?)(?: - at (?:`key` in )?`(\$[A-Za-z0-9_.\[\]]*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_WRONG_TYPE = re.compile(r"Expected `(.+)`, got `(.+)`")
_OUT_OF_RANGE = re.compile(r"Expected `(?:int|float)` ([<>])=? (-?\d+)")
_WRONG_LENGTH = re.compile(r"Expected `(str|array|object)` of length ([<>])= (\d+)")
_PATTERN = re.compile(r"Expected `str` matching regex .*", re.DOTALL)
_CHOICE = re.compile(r"Invalid (?:enum )?value .*", re.DOTALL)
_TYPE_NAMES = {
    "object": "an object",
    "array": "a list",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "null": "null",
}


class RequestBody(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, rename="camel"):
    """The base of every request: camelCase outside, and nothing but what is declared."""


def convert(data: dict[str, object], struct_type: type[StructType]) -> StructType:
    """The typed request. Types are taken literally: "1" is no number, and true is none either."""
    try:
        return msgspec.convert(data, struct_type, strict=True)
    except msgspec.ValidationError as error:
        if "$.metadata" in str(error):
            # msgspec does not say which key of a mapping it refused.
            check_metadata(data.get("metadata"))
        raise _translated(str(error)) from None


def check_metadata(metadata: object, field: str = "$.metadata") -> None:
    """Refuse what is not a small flat mapping of text to text, naming the key."""
    if not isinstance(metadata, dict):
        _refuse(field, "is to be an object")
    if len(metadata) > METADATA_KEYS_MAX:
        _refuse(field, f"has more than {METADATA_KEYS_MAX} entries")
    for key, value in metadata.items():
        if not 1 <= len(key) <= METADATA_KEY_LENGTH_MAX:
            _refuse(field, f"has a key that is empty or longer than {METADATA_KEY_LENGTH_MAX} characters")
        if not isinstance(value, str):
            _refuse(member(field, key), "is to be text")
        if len(value) > METADATA_VALUE_LENGTH_MAX:
            _refuse(member(field, key), f"is longer than {METADATA_VALUE_LENGTH_MAX} characters")


def _translated(text: str) -> Invalid:
    """msgspec's sentence as ours: it may hold what the caller sent, ours does not."""
    place = _PLACE.fullmatch(text)
    what, path = (place.group(1), place.group(2) or "$") if place else (text, "$")
    if unknown := _UNKNOWN.fullmatch(what):
        return _invalid(member(path, unknown.group(1)), "is not known here")
    if missing := _MISSING.fullmatch(what):
        return _invalid(member(path, missing.group(1)), "is missing")
    return _invalid(path, _complaint(what))


def _complaint(what: str) -> str:
    if wrong := _WRONG_TYPE.fullmatch(what):
        return f"is to be {_type_names(wrong.group(1))}, not {_type_names(wrong.group(2))}"
    if beyond := _OUT_OF_RANGE.fullmatch(what):
        return f"is {'above' if beyond.group(1) == '<' else 'below'} {beyond.group(2)}"
    if length := _WRONG_LENGTH.fullmatch(what):
        kind, side, limit = length.groups()
        unit = "characters" if kind == "str" else "entries"
        return f"has {'more' if side == '<' else 'fewer'} than {limit} {unit}"
    if _PATTERN.fullmatch(what):
        return "is not written as expected"
    if _CHOICE.fullmatch(what):
        return "is not one of the values allowed"
    return "is not as expected"


def _type_names(types: str) -> str:
    return " or ".join(_TYPE_NAMES.get(name, "another type") for name in types.split(" | "))


def _invalid(field: str, message: str) -> Invalid:
    name = field.removeprefix("$.")
    subject = name if name != "$" else "The body"
    return Invalid(f"{subject} {message}.", details=[{"field": field, "message": message}])


def _refuse(field: str, message: str) -> Never:
    raise _invalid(field, message)
