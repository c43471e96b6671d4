"""Follows the log files of many processes and shows whole new lines, each marked with its process's name."""

import os
from collections.abc import Sequence
from pathlib import Path

from devstack.terminal import prefix, say

_LINES_MAX_PER_TURN = 200


class Tail:
    """Follows files from where they end now."""

    def __init__(self, logs: Sequence[tuple[str, Path]]) -> None:
        self._files = [_Followed(path, label=prefix(name, index=index)) for index, (name, path) in enumerate(logs)]

    def show_new_lines(self) -> None:
        for file in self._files:
            lines = file.new_lines()
            for line in lines[:_LINES_MAX_PER_TURN]:
                say(f"{file.label} {line}")
            left_out = len(lines) - _LINES_MAX_PER_TURN
            if left_out > 0:
                say(f"{file.label} … {left_out} more lines in {file.path}")


class _Followed:
    def __init__(self, path: Path, *, label: str) -> None:
        self.path = path
        self.label = label
        self._position = path.stat().st_size if path.exists() else 0
        self._unfinished = b""

    def new_lines(self) -> list[str]:
        """Return the lines finished since the last call; a line still being written waits for its end."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            if file.seek(0, os.SEEK_END) == self._position:
                return []
            file.seek(self._position)
            text = self._unfinished + file.read()
            self._position = file.tell()
        *finished, self._unfinished = text.split(b"\n")
        return [line.decode(errors="replace").rstrip() for line in finished if line.strip()]
