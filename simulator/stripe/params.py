"""Stripe's parameters: bracketed form fields become a tree, and the tree is checked against what a call takes.

What is not listed for a call is refused, as Stripe does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from simulator.stripe.errors import ParameterRefused
from simulator.wire import Json

FIELDS_MAX = 1000
METADATA_KEYS_MAX, METADATA_KEY_MAX, METADATA_VALUE_MAX = 50, 40, 500


def parse_tree(text: str) -> Json:
    """`a[b]=1&c[]=2&c[]=3` becomes {"a": {"b": "1"}, "c": ["2", "3"]}; numbered lists come out as maps of numbers."""
    tree: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX):
        if "[" not in name:
            tree[name] = value
            continue
        head, _, rest = name.partition("[")
        _put(tree, path=[head, *rest.rstrip("]").split("][")], value=value)
    return tree


def _put(tree: Json, *, path: list[str], value: str) -> None:
    node: Any = tree
    for position, part in enumerate(path[:-1]):
        wants_list = path[position + 1] == "" and position + 2 == len(path)
        node = node.setdefault(part, [] if wants_list else {})
        if not isinstance(node, list if wants_list else dict):
            raise ParameterRefused(f"Invalid hash or array: {path[0]}", param=path[0])
    if isinstance(node, list):
        node.append(value)
    else:
        node[path[-1]] = value


@dataclass(frozen=True, slots=True)
class Text:
    max_length: int = 5000
    is_required: bool = False
    choices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Whole:
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class YesNo:
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Texts:
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Metadata:
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Free:
    """A map whose content is echoed and not looked at."""

    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    fields: Mapping[str, "Kind"] = field(default_factory=dict)
    is_required: bool = False


Kind = Text | Whole | YesNo | Texts | Metadata | Free | Fields
Spec = Mapping[str, Kind]


def choice(*values: str) -> Text:
    return Text(choices=frozenset(values))


def check(tree: Json, spec: Spec, *, inside: str = "") -> Json:
    """The values in their types. Raises ParameterRefused for what is unknown, missing or malformed."""
    checked: Json = {}
    for name, value in tree.items():
        place = f"{inside}[{name}]" if inside else name
        kind = spec.get(name)
        if kind is None:
            raise ParameterRefused(f"Received unknown parameter: {place}", code="parameter_unknown", param=place)
        checked[name] = _convert(value, kind=kind, place=place)
    for name, kind in spec.items():
        if kind.is_required and name not in checked:
            place = f"{inside}[{name}]" if inside else name
            raise ParameterRefused(f"Missing required param: {place}.", code="parameter_missing", param=place)
    return checked


def _convert(value: Any, *, kind: Kind, place: str) -> Any:
    match kind:
        case Text():
            return _text(value, kind=kind, place=place)
        case Whole():
            return _whole(value, place=place)
        case YesNo():
            return _yes_no(value, place=place)
        case Texts():
            return _texts(value, place=place)
        case Metadata():
            return _metadata(value, place=place)
        case Free():
            return value
        case Fields():
            if not isinstance(value, dict):
                raise ParameterRefused(f"Invalid object: {place}", param=place)
            return check(value, kind.fields, inside=place)


def _text(value: Any, *, kind: Text, place: str) -> str:
    if not isinstance(value, str):
        raise ParameterRefused(f"Invalid string: {place}", param=place)
    if kind.is_required and not value:
        raise ParameterRefused(
            f"You passed an empty string for '{place}'.", code="parameter_invalid_empty", param=place
        )
    if kind.choices and value not in kind.choices:
        raise ParameterRefused(f"Invalid {place}: must be one of {', '.join(sorted(kind.choices))}", param=place)
    if len(value) > kind.max_length:
        raise ParameterRefused(
            f"Invalid string: {place} must be at most {kind.max_length} characters",
            code="parameter_invalid_string",
            param=place,
        )
    return value


def _whole(value: Any, *, place: str) -> int:
    text = value if isinstance(value, str) else ""
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 18):
        raise ParameterRefused(f"Invalid integer: {value}", code="parameter_invalid_integer", param=place)
    return int(text)


def _yes_no(value: Any, *, place: str) -> bool:
    if value not in ("true", "false"):
        raise ParameterRefused(f"Invalid boolean: {value}", param=place)
    return bool(value == "true")


def _texts(value: Any, *, place: str) -> list[str]:
    items = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ParameterRefused(f"Invalid array: {place}", param=place)
    return items


def _metadata(value: Any, *, place: str) -> dict[str, str]:
    if value == "":
        return {}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise ParameterRefused(f"Invalid hash: {place}", param=place)
    if len(value) > METADATA_KEYS_MAX:
        raise ParameterRefused(f"Metadata may have at most {METADATA_KEYS_MAX} keys.", param=place)
    for name, text in value.items():
        if len(name) > METADATA_KEY_MAX or len(text) > METADATA_VALUE_MAX:
            raise ParameterRefused(
                f"Metadata keys may have {METADATA_KEY_MAX} characters, values {METADATA_VALUE_MAX}.",
                param=f"{place}[{name}]",
            )
    return value
