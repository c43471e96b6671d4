"""What the stack writes to the terminal, and how the lines of many processes stay readable on one screen."""

import os
import sys

_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_RESET = "\033[0m"
_NAME_WIDTH = 14


def say(text: str) -> None:
    """Write one line in the stack's own voice."""
    try:
        print(text, flush=True)
    except OSError:
        # The terminal is gone; that must not keep the children from being stopped.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115


def complain(text: str) -> None:
    """Write one line to standard error."""
    print(text, file=sys.stderr, flush=True)


def prefix(name: str, *, index: int) -> str:
    """Mark a line as this process's: `worker        | `, in its own colour when a terminal reads it."""
    label = f"{name:<{_NAME_WIDTH}}|"
    if not _has_colours():
        return label
    return f"\033[{_COLOURS[index % len(_COLOURS)]}m{label}{_RESET}"


def _has_colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ
