"""Whether this process was asked to stop: what works in rounds ends after the one it is at."""

import threading

_asked = threading.Event()


def ask() -> None:
    _asked.set()


def is_asked() -> bool:
    return _asked.is_set()
