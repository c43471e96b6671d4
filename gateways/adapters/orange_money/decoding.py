"""Reads a body into a shape, or says that it cannot be read."""

from typing import TypeVar

import msgspec

Shape = TypeVar("Shape", bound=msgspec.Struct)


def decoded(body: bytes, shape: type[Shape]) -> Shape | None:
    """None for anything that is not JSON of this shape."""
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.MsgspecError, RecursionError):
        return None
