"""How an answer names the part of a body it is about (`$.items[0].name`), without repeating what must not be kept."""

import re

# A key is shown when it looks like a name; a key may also be a card number or a screenful of text.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}")
_DIGITS_MAX = 8


Steps = tuple[str | int, ...]


def path_of(steps: Steps) -> str:
    """`$.items[0].name` from ("items", 0, "name")."""
    path = "$"
    for step in steps:
        path = member(path, step) if isinstance(step, str) else f"{path}[{step}]"
    return path


def member(parent: str, key: str) -> str:
    return f"{parent}.{key}" if _is_name(key) else f"{parent}[?]"


def _is_name(key: str) -> bool:
    return _NAME.fullmatch(key) is not None and sum(map(str.isdigit, key)) <= _DIGITS_MAX
